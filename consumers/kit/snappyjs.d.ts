// The types of snappyjs, which brings none.
declare module 'snappyjs' {
  const snappy: {
    compress(raw: Buffer): Buffer
    /** Throws when the result would be longer than `maxLength` bytes. */
    uncompress(packed: Buffer, maxLength: number): Buffer
  }
  export default snappy
}
