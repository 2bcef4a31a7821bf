import { AppError } from '@sup/service-kit/http'
import { type MediaType, unsupportedMediaType } from '@sup/types'

/** What a file is stored and served as. */
export type FileKind = { mimeType: string; extension: string }

const OCTETS = 'application/octet-stream'
export const OPAQUE: FileKind = { mimeType: OCTETS, extension: 'bin' }

const kinds = (list: Record<string, string>): ReadonlyMap<string, FileKind> =>
  new Map(Object.entries(list).map(([mimeType, extension]) => [mimeType, { mimeType, extension }]))

/** The same thing under a second name: as browsers call it, or as its container is recognised. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/apng': 'image/png',
  'image/heif': 'image/heic',
  'image/heic-sequence': 'image/heic',
  'video/x-m4v': 'video/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-flac': 'audio/flac',
}

const SOUND_IN: Readonly<Record<string, string>> = {
  'video/webm': 'audio/webm',
  'video/mp4': 'audio/mp4',
}

const IMAGES = kinds({
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/heic': 'heic',
})
const SOUNDS = kinds({
  'audio/mpeg': 'mp3',
  'audio/aac': 'aac',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/webm': 'webm',
  'audio/flac': 'flac',
})

/** The allow-list (wire-contract 4.8); what is not on it, such as SVG, HTML and XML, is only ever a `file`. */
const ALLOWED: Readonly<Record<Exclude<MediaType, 'file'>, ReadonlyMap<string, FileKind>>> = {
  image: IMAGES,
  video: kinds({ 'video/mp4': 'mp4', 'video/webm': 'webm', 'video/quicktime': 'mov' }),
  audio: SOUNDS,
  voice: SOUNDS,
  sticker: kinds({ 'image/png': 'png', 'image/webp': 'webp', 'image/gif': 'gif' }),
}

/**
 * What a plain file of `type` is stored as, by the type that was announced or found in its bytes.
 *
 * @param mimeType With or without parameters; undefined when the bytes are of no known type.
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE` when such bytes are nothing of that type.
 */
export function kindOf(type: MediaType, mimeType: string | undefined): FileKind {
  if (type === 'file') return OPAQUE
  const [bare = ''] = (mimeType ?? '').toLowerCase().split(';')
  const plain = ALIASES[bare.trim()] ?? bare.trim()
  const isSound = type === 'audio' || type === 'voice'
  const kind = ALLOWED[type].get(isSound ? (SOUND_IN[plain] ?? plain) : plain)
  if (kind) return kind
  throw new AppError(unsupportedMediaType, undefined, {
    message: `This file cannot be stored as ${type}`,
  })
}

/** The extension of every allowed type. */
export const extensions: ReadonlyMap<string, string> = new Map(
  Object.values(ALLOWED).flatMap((list) =>
    [...list.values()].map(({ mimeType, extension }) => [mimeType, extension] as const),
  ),
)
