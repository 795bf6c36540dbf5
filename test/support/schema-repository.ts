// A git repository of schemas for tests of the gate: one message, committed with its image.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { temporaryFolder } from './folders.ts'

const bufYaml = `version: v2
modules:
  - path: .
lint:
  use: [STANDARD]
  ignore: [buf]
breaking:
  use: [FILE]
  ignore: [buf]
`

const proto = `syntax = "proto3";

package chat.v1;

// What somebody says.
message Said {
  // The room.
  string room = 1;
  // How often.
  uint32 count = 2;
  // How it is meant.
  Tone tone = 3;
}

// How something is meant.
enum Tone {
  // As it stands there.
  TONE_UNSPECIFIED = 0;
  // As a joke.
  TONE_JOKE = 1;
}
`

const programs = join(import.meta.dirname, '../../node_modules/.bin')
const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'commit.gpgsign=false']

export type SchemaRepository = {
  readonly folder: string
  /** Replaces text of the one .proto file. */
  edit(from: string, to: string): void
  build(): void
  git(...args: readonly string[]): string
  commit(message: string): void
}

/** On the branch `main`, one commit old. */
export function schemaRepository(t: TestContext): SchemaRepository {
  const top = temporaryFolder(t)
  const folder = join(top, 'schemas')
  const file = join(folder, 'chat/v1/said.proto')
  mkdirSync(join(folder, 'chat/v1'), { recursive: true })
  writeFileSync(join(folder, 'buf.yaml'), bufYaml)
  // For rules, as any folder of schemas has it.
  cpSync(join(import.meta.dirname, '../../schemas/buf'), join(folder, 'buf'), { recursive: true })
  writeFileSync(file, proto)
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...author, ...args], { cwd: top, encoding: 'utf8', stdio: 'pipe' })
  const build = () => {
    mkdirSync(join(folder, 'gen'), { recursive: true })
    const args = ['build', '--exclude-source-info', '-o', 'gen/image.binpb']
    execFileSync(join(programs, 'buf'), args, { cwd: folder, stdio: 'pipe' })
  }
  const commit = (message: string) => {
    git('add', '.')
    git('commit', '-q', '-m', message)
  }
  build()
  git('init', '-q', '-b', 'main')
  commit('first')
  return {
    folder,
    edit(from, to) {
      const before = readFileSync(file, 'utf8')
      if (!before.includes(from)) throw new Error(`said.proto has no "${from}"`)
      writeFileSync(file, before.replace(from, to))
    },
    build,
    git,
    commit,
  }
}
