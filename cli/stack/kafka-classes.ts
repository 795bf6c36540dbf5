// Keeps the classes that Kafka loads in an archive of the Java machine, which halves the time of every later start.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Jars } from './jars.ts'
import type { Java } from './java.ts'

export type ClassArchive = {
  /** Options for the next start: use the archive, or write it when the process ends in order. */
  javaOptions(): string[]
  /** To be called after Kafka has ended in order: gives a newly written archive to all later starts. */
  keep(): Promise<void>
}

/**
 * The archive of this Kafka on this Java. With `record`, a start that finds none writes one when it ends, which makes
 * that one stop a few seconds longer. An archive that does not fit any more is ignored by Java.
 */
export function createClassArchive(java: Java, jars: Jars, dataDir: string, record: boolean): ClassArchive {
  const archive = join(jars.home, `classes-${java.version.replaceAll(/[^\w.-]/g, '_')}.jsa`)
  const written = join(dataDir, 'classes.jsa')
  return {
    javaOptions() {
      if (existsSync(archive))
        return [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off']
      return record ? [`-XX:ArchiveClassesAtExit=${written}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'] : []
    },
    async keep() {
      if (!record || existsSync(archive) || !existsSync(written)) return
      const draft = `${archive}-${randomUUID().slice(0, 8)}`
      await copyFile(written, draft)
      await rename(draft, archive)
      await rm(written, { force: true })
    },
  }
}
