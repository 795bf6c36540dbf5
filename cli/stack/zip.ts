// Reads one file out of a zip archive (a jar), so that neither `unzip` nor a full JDK has to be installed.

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'

type Entry = {
  readonly name: string
  readonly method: number
  readonly packed: number
  readonly size: number
  readonly at: number
}

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

/** Names of all files in the archive. Throws if it is not a whole zip archive, for instance a cut-off download. */
export async function listZip(path: string): Promise<string[]> {
  return withFile(path, async (file) => (await directory(file)).map((entry) => entry.name))
}

/** The content of the file called `name`. Throws if it is not there or cannot be unpacked. */
export async function readZip(path: string, name: string): Promise<Buffer> {
  return withFile(path, async (file) => {
    const entry = (await directory(file)).find((each) => each.name === name)
    if (!entry) throw new Error(`${path} has no ${name}`)
    // The local header repeats the name and has an extra field of its own length.
    const header = await read(file, entry.at, 30)
    const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    const packed = await read(file, start, entry.packed)
    return entry.method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: entry.size })
  })
}

async function directory(file: FileHandle): Promise<Entry[]> {
  const { size } = await file.stat()
  const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  let end = tail.length - 22
  while (end >= 0 && tail.readUInt32LE(end) !== endOfDirectory) end -= 1
  if (end < 0) throw new Error('not a whole zip archive')
  const bytes = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries: Entry[] = []
  for (let at = 0; at + 46 <= bytes.length && bytes.readUInt32LE(at) === directoryEntry; ) {
    const nameLength = bytes.readUInt16LE(at + 28)
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      at: bytes.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return entries
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new Error('the archive is shorter than it says')
  return buffer
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}
