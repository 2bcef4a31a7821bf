import { z } from 'zod'
import { Ts, Uuid } from './scalars.js'

export const Sticker = z.object({
  id: Uuid,
  packId: Uuid,
  fileId: Uuid,
  url: z.string(),
  emoji: z.string(),
  position: z.int(),
})
export type Sticker = z.output<typeof Sticker>

export const StickerPack = z.object({
  id: Uuid,
  title: z.string(),
  author: z.string(),
  createdBy: Uuid,
  isPublic: z.boolean(),
  installed: z.boolean(),
  coverUrl: z.string().optional(),
  stickers: z.array(Sticker).max(120),
  createdAt: Ts,
  updatedAt: Ts,
})
export type StickerPack = z.output<typeof StickerPack>
