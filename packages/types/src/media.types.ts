import { z } from 'zod'
import { Hex64, Ts, Uuid } from './scalars.js'

export const MediaType = z.enum(['image', 'video', 'audio', 'file', 'voice', 'sticker'])
export type MediaType = z.output<typeof MediaType>

export const MediaState = z.enum(['pending', 'uploaded', 'processing', 'ready', 'rejected'])
export type MediaState = z.output<typeof MediaState>

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
  waveform: z.array(z.int().min(0).max(255)).max(256).optional(),
  blurhash: z.string().optional(),
  url: z.string(),
  thumbnailUrl: z.string().optional(),
  createdAt: Ts,
  expiresAt: Ts.optional(),
})
export type MediaFile = z.output<typeof MediaFile>
