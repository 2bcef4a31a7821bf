import { z } from 'zod'
import { Ts, Uuid } from './scalars.js'
import { UserProfile } from './user.types.js'

export const StoryMediaType = z.enum(['image', 'video', 'text'])
export type StoryMediaType = z.output<typeof StoryMediaType>

export const StoryPrivacy = z.enum(['contacts', 'everyone', 'list', 'except'])
export type StoryPrivacy = z.output<typeof StoryPrivacy>

export const Story = z.object({
  id: Uuid,
  userId: Uuid,
  user: UserProfile,
  mediaType: StoryMediaType,
  fileId: Uuid.optional(),
  mediaUrl: z.string().optional(),
  thumbnailUrl: z.string().optional(),
  caption: z.string().optional(),
  encryptedContent: z.string().optional(),
  backgroundColor: z.string().optional(),
  privacy: StoryPrivacy,
  privacyListId: Uuid.optional(),
  createdAt: Ts,
  expiresAt: Ts,
  viewed: z.boolean(),
  viewCount: z.int().optional(),
})
export type Story = z.output<typeof Story>

export const StoryView = z.object({ storyId: Uuid, userId: Uuid, user: UserProfile, viewedAt: Ts })
export type StoryView = z.output<typeof StoryView>

export const StoryPrivacyList = z.object({
  id: Uuid,
  name: z.string(),
  mode: z.enum(['include', 'exclude']),
  userIds: z.array(Uuid).max(500),
  updatedAt: Ts,
})
export type StoryPrivacyList = z.output<typeof StoryPrivacyList>
