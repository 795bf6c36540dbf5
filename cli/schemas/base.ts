// What the schemas are compared with: the image that was committed last on the main branch, or whatever one names.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CliFailure } from '../failure.ts'
import { runIn } from './buf.ts'

export type Base = {
  /** For people. */
  readonly name: string
  /** An image, or a folder of schemas. */
  readonly input: string
}

/** `base` undefined: there is nothing to compare with; `note` says why. */
export type Found = { readonly base?: Base; readonly note?: string }

/** The image of a folder of schemas, as it is committed. */
export const imageFile = 'gen/image.binpb'

const git = (folder: string, ...args: readonly string[]): string | undefined => {
  const { ok, stdout } = runIn(folder, 'git', args)
  return ok ? stdout.trim() : undefined
}

const commitOf = (folder: string, ref: string): string | undefined =>
  git(folder, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)

/** The schemas of one commit in `scratch`: their image, else their sources. */
function inputOf(folder: string, commit: string, scratch: string): string | undefined {
  const top = git(folder, 'rev-parse', '--show-toplevel') ?? folder
  const inside = relative(top, folder)
  const show = ['show', `${commit}:${join(inside, imageFile)}`]
  const image = spawnSync('git', show, { cwd: top, maxBuffer: 64 * 1024 ** 2 })
  if (image.status === 0 && image.stdout.length > 0) {
    const file = join(scratch, 'base.binpb')
    writeFileSync(file, image.stdout)
    return file
  }
  const [archive, target] = [join(scratch, 'base.tar'), join(scratch, 'base')]
  const tree = inside === '' ? commit : `${commit}:${inside}`
  if (git(top, 'cat-file', '-e', inside === '' ? `${commit}:buf.yaml` : `${tree}/buf.yaml`) === undefined)
    return undefined
  mkdirSync(target)
  const isMade =
    runIn(top, 'git', ['archive', `--output=${archive}`, tree]).ok &&
    runIn(top, 'tar', ['-xf', archive, '-C', target]).ok
  return isMade ? target : undefined
}

/** Throws where `against` is neither a file nor a commit. */
function named(folder: string, against: string, scratch: string): Found {
  if (existsSync(against)) return { base: { name: against, input: against } }
  const commit = commitOf(folder, against)
  if (commit === undefined)
    throw new CliFailure(
      `--against: "${against}" is no image, no folder and no commit that git knows here`,
      2,
    )
  const input = inputOf(folder, commit, scratch)
  if (input === undefined) throw new CliFailure(`--against: there are no schemas in ${against}`, 2)
  return { base: { name: against, input } }
}

/** `scratch` is an empty folder for what is taken out of git. */
export function findBase(folder: string, against: string | undefined, scratch: string): Found {
  if (against !== undefined) return named(folder, against, scratch)
  const head = commitOf(folder, 'HEAD')
  if (head === undefined) return { note: 'there is no git history here to compare with' }
  const main = ['origin/main', 'main'].find((ref) => commitOf(folder, ref) !== undefined)
  // What main got since is no change of ours.
  const commit = main && (git(folder, 'merge-base', 'HEAD', main) ?? commitOf(folder, main))
  const isHere = commit === undefined || commit === head
  const input = inputOf(folder, commit ?? head, scratch)
  if (input === undefined) return { note: `${main ?? 'the last commit'} has no schemas to compare with` }
  const why = main === undefined ? 'there is no main branch here' : `${main} is the commit of this tree`
  return isHere
    ? { base: { name: 'the last commit', input }, note: `${why}: compared with what is committed` }
    : { base: { name: main ?? '', input } }
}
