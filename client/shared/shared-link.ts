// One connection for all tabs: not written yet.
import type { Link, LinkListener } from '../link/link.ts'
import { SocketLink } from '../link/socket-link.ts'
import type { Settings } from '../settings.ts'

export class SharedLink extends SocketLink implements Link {
  constructor(settings: Settings, listener: LinkListener, _name: string) {
    super(settings, listener)
  }
}
