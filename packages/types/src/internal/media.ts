import { z } from 'zod'
import { StateUsage, StorageCheck } from '../api/admin.js'
import { endpoint } from '../contract.js'
import { notFound, serviceUnavailable } from '../errors.js'
import { MediaState, Waveform } from '../media.types.js'
import { Ts, Uuid, none } from '../scalars.js'

export const authorizeMedia = endpoint({
  method: 'post',
  path: '/internal/v1/media/authorize',
  summary: 'May this account read or delete a file that it does not own? Unknown files: no',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({ fileId: Uuid, userId: Uuid, action: z.enum(['read', 'delete']) }),
  response: z.object({
    allowed: z.boolean(),
    /** How long the permission lasts at most: the life that a story has left; else an hour. */
    maxAgeSeconds: z.int().min(0),
  }),
  errors: [],
})

export const publishMediaState = endpoint({
  method: 'post',
  path: '/internal/v1/media/:fileId/state',
  summary: 'Tell the devices of the owner what became of a file; the caller has written it already',
  auth: 'service',
  limit: 'none',
  params: z.object({ fileId: Uuid }),
  body: z.strictObject({
    state: MediaState,
    width: z.int().optional(),
    height: z.int().optional(),
    durationMs: z.int().optional(),
    waveform: Waveform.optional(),
    blurhash: z.string().optional(),
    thumbnailS3Key: z.string().optional(),
    rejectReason: z.string().optional(),
  }),
  response: none,
  errors: [notFound],
})

const MediaJobResult = z.object({ done: z.int(), remaining: z.int() })
const limit = z.int().min(1).max(1000)

export const runSweepMedia = endpoint({
  method: 'post',
  path: '/internal/v1/jobs/sweep-media',
  summary: 'media-service (:3013): one bounded step of the sweep; called until nothing remains',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({ limit }),
  response: MediaJobResult,
  errors: [],
})

export const runDeleteMedia = endpoint({
  method: 'post',
  path: '/internal/v1/jobs/delete-media',
  summary: 'media-service (:3013): one bounded step of deleting the bytes of deleted files',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({
    limit,
    /** Files that are marked as deleted first, such as those of a deleted message. */
    fileIds: z.array(Uuid).max(1000).optional(),
  }),
  response: MediaJobResult,
  errors: [],
})

export const checkStorage = endpoint({
  method: 'post',
  path: '/internal/v1/storage/check',
  summary: 'media-service (:3013): compare the bucket with the files; changes nothing',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({}),
  response: z.object({
    /** The hundred with the most bytes, most first. */
    users: z.array(z.object({ userId: Uuid, files: z.int(), bytes: z.int() })).max(100),
    states: z.array(StateUsage),
    check: StorageCheck,
    lastSweepAt: Ts.optional(),
  }),
  errors: [serviceUnavailable],
})
