// The codec that was chosen; the one that is rarely needed is loaded when it is.
import type { Settings } from '../settings.ts'
import type { Codec } from './frames.ts'
import { jsonCodec } from './json.ts'

/** Answers the same one each time; what could not be loaded is tried again. */
export function codecLoader({ codec, json }: Pick<Settings, 'codec' | 'json'>): () => Promise<Codec> {
  let loaded: Promise<Codec> | undefined
  const load = (): Promise<Codec> =>
    codec === 'json'
      ? Promise.resolve(jsonCodec(json))
      : import('./proto.ts').then(({ protoCodec }) => protoCodec(json))
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined
      throw error
    })
    return loaded
  }
}
