import type { Readable } from 'node:stream'

/** A file of a multipart body while it arrives. */
export type FormFile = {
  /** Name of the form's field. */
  field: string
  /** As the client calls it, without folders. */
  fileName?: string
  /** The fields that came before the file, unchecked. */
  fieldsSoFar: ReadonlyMap<string, string>
  /** Must be read to its end, or the request is refused. It fails when the client goes away. */
  body: Readable
}
