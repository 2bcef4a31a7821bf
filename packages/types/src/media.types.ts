import { z } from 'zod'
import { LIMITS } from './limits.js'
import { Hex64, Ts, Uuid } from './scalars.js'

export const MediaType = z.enum(['image', 'video', 'audio', 'file', 'voice', 'sticker'])
export type MediaType = z.output<typeof MediaType>

export const MediaState = z.enum(['pending', 'uploaded', 'processing', 'ready', 'rejected'])
export type MediaState = z.output<typeof MediaState>

/** What a file is uploaded for. */
export const MediaPurpose = z.enum(['message', 'avatar', 'story', 'sticker'])
export type MediaPurpose = z.output<typeof MediaPurpose>

/** Loudness over time, for voice messages. */
export const Waveform = z.array(z.int().min(0).max(255)).max(LIMITS.waveformPeaks)

/** What a client says about its file; what the server finds out itself takes its place. */
export const MediaMetadata = z.object({
  width: z.int().min(1).max(65_535).optional(),
  height: z.int().min(1).max(65_535).optional(),
  durationMs: z.int().min(0).max(2_147_483_647).optional(),
  waveform: Waveform.optional(),
  blurhash: z.string().min(6).max(128).optional(),
})
export type MediaMetadata = z.output<typeof MediaMetadata>

/** A stored file; an encrypted one is an opaque blob with a size and a digest. */
export const MediaFile = z.object({
  id: Uuid,
  fileId: Uuid,
  userId: Uuid,
  type: MediaType,
  mimeType: z.string(),
  sizeBytes: z.int(),
  fileName: z.string().optional(),
  sha256: Hex64,
  encrypted: z.boolean(),
  state: MediaState,
  rejectReason: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  durationMs: z.int().optional(),
  waveform: Waveform.optional(),
  blurhash: z.string().optional(),
  url: z.string(),
  thumbnailUrl: z.string().optional(),
  createdAt: Ts,
  expiresAt: Ts.optional(),
})
export type MediaFile = z.output<typeof MediaFile>

/** Key of the thumbnail that the server makes of a file. */
export const thumbnailKey = (fileId: string): string => `${thumbnailPrefix(fileId)}jpg`
/** What the keys of all thumbnails of a file begin with. */
export const thumbnailPrefix = (fileId: string): string => `thumbnails/${fileId}.`
/** What the keys of everything else that is made of a file begin with: transcodes, previews, posters. */
export const derivativePrefix = (fileId: string): string => `derivatives/${fileId}/`
