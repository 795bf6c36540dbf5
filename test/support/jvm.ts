// Java for tests of backends in Java: one that compiles, and the jars that an example's pom.xml names.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { cacheDirOf } from '../../cli/stack/jars.ts'
import { findJava } from '../../cli/stack/java.ts'
import { hasProgram, missing, run } from './tools.ts'

export const java: string = await findJava(process.env).then(
  ({ path }) => path,
  () => 'java',
)

/** Some machines have a Java that runs programs and cannot compile one. */
const compiles = await run(java, ['--list-modules']).then(
  ({ stdout }) => stdout.includes('jdk.compiler'),
  () => false,
)

/** For the option `skip` of a test: why no Java of ours can be built here, or false. */
export const noJava: string | false = !compiles
  ? missing('openjdk-17-jdk-headless')
  : !(await hasProgram('mvn', '-v')) && missing('maven')

/** The folder with the jars that `<folder>/pom.xml` needs at run time; fetched through Maven once and kept. */
export async function jarsOf(folder: string): Promise<string> {
  const pom = join(folder, 'pom.xml')
  const key = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const home = join(cacheDirOf(process.env), `java-${key}`)
  if (existsSync(home)) return home
  const draft = `${home}-${randomUUID().slice(0, 8)}`
  await mkdir(draft, { recursive: true })
  try {
    const options = [`-DoutputDirectory=${draft}`, '-DincludeScope=runtime']
    await run('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', ...options], {
      timeout: 300_000,
      maxBuffer: 16 * 1024 * 1024,
    })
    await rename(draft, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return home
}

/** Compiles one file into a folder of classes. */
export async function compile(file: string, jars: string, classes: string): Promise<void> {
  const all = (await readdir(jars)).map((jar) => join(jars, jar)).join(delimiter)
  const options = ['-proc:none', '-parameters', '-d', classes, '-cp', all]
  await run(java, ['--module', 'jdk.compiler/com.sun.tools.javac.Main', ...options, file], {
    timeout: 120_000,
  })
}
