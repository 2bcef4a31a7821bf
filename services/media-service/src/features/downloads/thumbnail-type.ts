import type { FileRow } from '../files/public.js'

/** The server makes JPEGs; what comes with an encrypted file is as opaque as the file. */
export const thumbnailType = ({ encrypted }: FileRow): string =>
  encrypted ? 'application/octet-stream' : 'image/jpeg'
