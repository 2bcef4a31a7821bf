import { z } from 'zod'
import { eventType, jobType } from './contract.js'
import { emailRequested, sessionCreated } from './internal/mail.js'
import {
  messageCreated,
  prunePushLog,
  pushClear,
  pushMessage,
  pushTest,
  pushTestRequested,
  receiptRead,
} from './internal/push.js'
import { MediaMetadata, MediaType } from './media.types.js'
import { Ts, Uuid } from './scalars.js'

/** Queue names of the integration guide. */
export const QUEUES = {
  MEDIA_PROCESSING: 'media-processing',
  NOTIFICATIONS: 'notifications',
  CLEANUP: 'cleanup',
  EMAILS: 'emails',
} as const

export const EXCHANGES = { MAIN: 'sup-exchange', DEAD: 'sup-dlx' } as const

// ------------------------------------------------------------------------------------------------ outbox rows

// Only types whose consumer exists are written.

export const sessionRevoked = eventType(
  'session.revoked',
  z.strictObject({ userId: Uuid, sessionIds: z.array(Uuid).max(1000) }),
  'Outbox: sessions of an account ended',
)

/** Written only for files that are processed: see `PROCESSING`. */
export const mediaUploaded = eventType(
  'media.uploaded',
  z.strictObject({
    fileId: Uuid,
    userId: Uuid,
    type: MediaType,
    mimeType: z.string(),
    s3Key: z.string(),
  }),
  'Outbox: a file has arrived and is to be processed',
)

/** The keys that were known; what was made of the file meanwhile is found by its prefixes. */
export const mediaDeleted = eventType(
  'media.deleted',
  z.strictObject({ fileId: Uuid, userId: Uuid, s3Keys: z.array(z.string()).max(100) }),
  'Outbox: a file was deleted and its bytes have to go',
)
export const outboxEvents = [
  sessionRevoked,
  mediaUploaded,
  mediaDeleted,
  messageCreated,
  receiptRead,
  pushTestRequested,
  emailRequested,
  sessionCreated,
] as const

// --------------------------------------------------------------------------------------- bodies (contract 13.2)

/** What every body has; one without `id` is known by the hash of its content. */
const common = { id: Uuid.optional(), occurredAt: Ts }

/** Body of a message on `cleanup`. */
export const CleanupDuty = z.object({
  ...common,
  type: z.enum(['prune-sessions', 'sweep-media', 'digest']),
  userId: Uuid.optional(),
})
export type CleanupDuty = z.output<typeof CleanupDuty>

export const cleanupRun = eventType('cleanup.run', CleanupDuty, 'RabbitMQ: clean up')

export const ProcessType = z.enum([
  'process-image',
  'process-video',
  'process-audio',
  'generate-thumbnail',
])
export type ProcessType = z.output<typeof ProcessType>

/** How a plain file is processed; an encrypted one never is, and neither is a `file`. */
export const PROCESSING = {
  image: 'process-image',
  sticker: 'process-image',
  video: 'process-video',
  audio: 'process-audio',
  voice: 'process-audio',
  file: undefined,
} as const satisfies Record<MediaType, ProcessType | undefined>

/** Body of a message on `media-processing`; programs of the integration guide leave most of it out. */
export const MediaDuty = z.object({
  ...common,
  occurredAt: Ts.optional(),
  type: ProcessType,
  fileId: Uuid,
  userId: Uuid.optional(),
  s3Key: z.string().max(1024).optional(),
  operations: z
    .array(z.enum(['thumbnail', 'compress', 'waveform', 'probe']))
    .max(4)
    .optional(),
  metadata: MediaMetadata.optional(),
})
export type MediaDuty = z.output<typeof MediaDuty>

export const mediaProcess = eventType('media.process', MediaDuty, 'RabbitMQ: process a file')

/** Body of a message on `media-processing` about a file whose bytes have to go. */
export const MediaDeletion = z.object({
  ...common,
  type: z.literal('delete-media'),
  fileId: Uuid,
  s3Keys: z.array(z.string().max(1024)).max(100),
})
export type MediaDeletion = z.output<typeof MediaDeletion>

export const mediaDelete = eventType('media.delete', MediaDeletion, 'RabbitMQ: delete a file')

// ------------------------------------------------------------------------------------------------------- jobs

/** Deletes sessions and refresh tokens that can no longer be used, and devices that never got keys. */
export const pruneSessions = jobType('prune-sessions', CleanupDuty, {
  summary: 'Delete sessions that are over and devices without keys and session',
  attempts: 3,
  timeoutMs: 60_000,
})

/** Writes the mails of the day for those who want to know what they missed. */
export const runDigests = jobType('digest', CleanupDuty, {
  summary: 'Request the daily and weekly digests that are due',
  attempts: 3,
  timeoutMs: 60_000,
})
/** Deletes what uploads left behind and finds what is lost, once a day; media-service does the work. */
export const sweepMedia = jobType('sweep-media', CleanupDuty, {
  summary: 'Compare stored objects with files, both ways, and delete what nobody needs',
  attempts: 3,
  timeoutMs: 600_000,
})
export const processImage = jobType('process-image', MediaDuty, {
  summary: 'Check an image, strip what it tells about its maker, and make its thumbnails',
  attempts: 3,
  timeoutMs: 60_000,
})
export const processVideo = jobType('process-video', MediaDuty, {
  summary: 'Transcode a video and make its poster',
  attempts: 3,
  timeoutMs: 900_000,
})
export const processAudio = jobType('process-audio', MediaDuty, {
  summary: 'Transcode a sound and measure its waveform',
  attempts: 3,
  timeoutMs: 300_000,
})
export const generateThumbnail = jobType('generate-thumbnail', MediaDuty, {
  summary: 'Make the thumbnail of a file anew',
  attempts: 3,
  timeoutMs: 120_000,
})
/** The handler calls the job `delete-media` of media-service, which owns the files. */
export const deleteMedia = jobType('delete-media', MediaDeletion, {
  summary: 'Delete the bytes of a file and everything made of it',
  attempts: 3,
  timeoutMs: 60_000,
})
export const jobs = [
  pruneSessions,
  sweepMedia,
  runDigests,
  processImage,
  processVideo,
  processAudio,
  generateThumbnail,
  deleteMedia,
  pushMessage,
  pushClear,
  pushTest,
  prunePushLog,
] as const
