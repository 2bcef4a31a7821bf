import { extensions } from './allowed-types.js'

/** Where the bytes of a file lie: named by the server alone. */
export const fileKey = (
  { userId, id }: { userId: string; id: string },
  extension: string,
): string => `media/${userId}/${id}.${extension}`

/** By the type that was found in the bytes; `bin` when it is none of those that are shown. */
export const extensionOf = (detected: string | undefined): string =>
  extensions.get(detected?.split(';')[0] ?? '') ?? 'bin'
