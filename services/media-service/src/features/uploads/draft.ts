/** What has arrived of an upload so far. */
export type Draft = {
  id: string
  userId: string
  /** Of the whole body; more than the file. */
  announcedBytes: number | undefined
  file?: {
    s3Key: string
    detected: string | undefined
    sizeBytes: number
    sha256: string
    fileName?: string | undefined
  }
  thumbnail?: Buffer
}
