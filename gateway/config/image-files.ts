// Reads images of descriptors from where the configuration says they are: files, or folders with *.binpb in them.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Image } from '../payloads/descriptors.ts'

/** A place that cannot be read, and why. */
export type ImageTrouble = { readonly at: number; readonly message: string }

const filesIn = (place: string): readonly string[] =>
  statSync(place).isDirectory()
    ? readdirSync(place)
        .filter((name) => name.endsWith('.binpb'))
        .sort()
        .map((name) => join(place, name))
    : [place]

/** Every image, in order. `folder` is where relative places are found. */
export function readImages(
  places: readonly string[],
  folder = '.',
): { readonly images: readonly Image[]; readonly troubles: readonly ImageTrouble[] } {
  const images: Image[] = []
  const troubles: ImageTrouble[] = []
  for (const [at, place] of places.entries()) {
    try {
      const files = filesIn(resolve(folder, place))
      if (files.length === 0) troubles.push({ at, message: `there is no *.binpb in ${place}` })
      for (const name of files) images.push({ name, bytes: readFileSync(name) })
    } catch {
      troubles.push({ at, message: `cannot read ${place}; \`buf build -o ${place}\` makes it` })
    }
  }
  return { images, troubles }
}

/** Says when something about the images has changed; text that means nothing else. */
export function imageStamp(places: readonly string[]): string {
  try {
    return places
      .flatMap((place) => filesIn(place))
      .map((name) => {
        const { mtimeMs, size } = statSync(name)
        return `${name} ${mtimeMs} ${size}`
      })
      .join()
  } catch (failure) {
    return String(failure)
  }
}
