import { z } from 'zod'
import { endpoint } from '../contract.js'
import {
  conflict,
  forbidden,
  gone,
  invalidInput,
  limitReached,
  notFound,
  payloadTooLarge,
  quotaExceeded,
  rangeNotSatisfiable,
  unsupportedMediaType,
} from '../errors.js'
import { LIMITS } from '../limits.js'
import { MediaFile, MediaMetadata, MediaPurpose, MediaState, MediaType } from '../media.types.js'
import { Hex64, QueryFlag, Ts, Uuid, none, str } from '../scalars.js'

const ofFile = z.object({ fileId: Uuid })
const ofUpload = z.object({ uploadId: Uuid })

/** A flag of a form, where everything is text. */
const FormFlag = z.union([z.boolean(), QueryFlag])

/** Metadata of a form: JSON text. */
const FormMetadata = z.union([
  MediaMetadata,
  z
    .string()
    .max(8192)
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue('is not JSON')
        return z.NEVER
      }
    })
    .pipe(MediaMetadata),
])

export const uploadFile = endpoint({
  method: 'post',
  path: '/api/v1/media/upload',
  summary: 'Store a file; its bytes are streamed, and decide what it is',
  params: none,
  multipart: {
    files: [
      { name: 'file', isRequired: true },
      { name: 'thumbnail', isRequired: false },
    ],
  },
  body: z.object({
    type: MediaType,
    encrypted: FormFlag.default(false),
    sha256: Hex64.optional(),
    purpose: MediaPurpose.default('message'),
    metadata: FormMetadata.optional(),
  }),
  response: MediaFile,
  beside: z.object({ fileId: Uuid, url: z.string() }),
  success: [201],
  errors: [invalidInput, payloadTooLarge, quotaExceeded, limitReached, unsupportedMediaType],
})

export const downloadFile = endpoint({
  method: 'get',
  path: '/api/v1/media/download/:fileId',
  summary: 'The bytes of a file, all or the part that `Range` names; or a redirection to them',
  limit: 'media',
  raw: true,
  params: ofFile,
  query: z.object({ redirect: QueryFlag.optional() }),
  body: none,
  response: z.undefined(),
  success: [200, 206, 302, 304],
  errors: [notFound, rangeNotSatisfiable],
})

export const readThumbnail = endpoint({
  method: 'get',
  path: '/api/v1/media/thumbnail/:fileId',
  summary: 'The thumbnail of a file: a JPEG, or the bytes that came with an encrypted file',
  limit: 'media',
  raw: true,
  params: ofFile,
  body: none,
  response: z.undefined(),
  success: [200, 304],
  errors: [notFound],
})

export const deleteFile = endpoint({
  method: 'delete',
  path: '/api/v1/media/:fileId',
  summary: 'Delete an own file with everything made of it; messages show that it was deleted',
  params: ofFile,
  body: none,
  response: none,
  errors: [notFound, forbidden],
})

export const getFile = endpoint({
  method: 'get',
  path: '/api/v1/media/:fileId',
  summary: 'What is known about a file',
  limit: 'media',
  params: ofFile,
  body: none,
  response: MediaFile,
  errors: [notFound],
})

export const getFileUrl = endpoint({
  method: 'get',
  path: '/api/v1/media/:fileId/url',
  summary: 'A URL that reads a file without a token, for a while',
  limit: 'media',
  params: ofFile,
  query: z.object({ variant: z.enum(['original', 'thumbnail']).default('original') }),
  body: none,
  response: z.object({ url: z.string(), expiresIn: z.int() }),
  errors: [notFound],
})

export const getQuota = endpoint({
  method: 'get',
  path: '/api/v1/media/quota',
  summary: 'How much of the own storage is used',
  limit: 'media',
  params: none,
  body: none,
  response: z.object({
    usedBytes: z.int(),
    limitBytes: z.int(),
    fileCount: z.int(),
    maxFileBytes: z.int(),
  }),
  errors: [],
})

/** A part of a file and where its bytes are sent by PUT. */
export const UploadPart = z.object({ partNumber: z.int(), url: z.string() })
export type UploadPart = z.output<typeof UploadPart>

const PartNumber = z.int().min(1).max(10_000)

export const createUpload = endpoint({
  method: 'post',
  path: '/api/v1/media/uploads',
  summary: 'Begin an upload past this server: a form up to 16 MiB, parts of 8 MiB above',
  params: none,
  body: z.object({
    type: MediaType,
    mimeType: str(1, 255),
    sizeBytes: z.int().min(1),
    fileName: str(1, LIMITS.fileName).optional(),
    sha256: Hex64.optional(),
    encrypted: z.boolean().default(false),
    purpose: MediaPurpose.default('message'),
    metadata: MediaMetadata.optional(),
  }),
  response: z.object({
    uploadId: Uuid,
    fileId: Uuid,
    method: z.enum(['POST', 'MULTIPART']),
    /** With `POST`: where the form goes, and its fields; the file is its last part. */
    url: z.string().optional(),
    fields: z.record(z.string(), z.string()).optional(),
    /** With `MULTIPART`: the first parts; more URLs come from `…/parts`. */
    partSize: z.int().optional(),
    parts: z.array(UploadPart).optional(),
    expiresAt: Ts,
  }),
  success: [201],
  errors: [payloadTooLarge, quotaExceeded, limitReached, unsupportedMediaType],
})

export const getUpload = endpoint({
  method: 'get',
  path: '/api/v1/media/uploads/:uploadId',
  summary: 'Which parts of an upload have arrived',
  limit: 'media',
  params: ofUpload,
  body: none,
  response: z.object({ state: MediaState, partsDone: z.array(z.int()) }),
  errors: [notFound, gone],
})

export const presignParts = endpoint({
  method: 'post',
  path: '/api/v1/media/uploads/:uploadId/parts',
  summary: 'Fresh URLs for parts of an upload',
  params: ofUpload,
  body: z.object({ partNumbers: z.array(PartNumber).min(1).max(LIMITS.partNumbersPerCall) }),
  response: z.object({ parts: z.array(UploadPart) }),
  errors: [notFound, gone, invalidInput],
})

export const completeUpload = endpoint({
  method: 'post',
  path: '/api/v1/media/uploads/:uploadId/complete',
  summary: 'End an upload: size, digest and type are checked; safe to repeat',
  params: ofUpload,
  body: z.object({
    /** Absent: the parts that have arrived. */
    parts: z
      .array(z.object({ partNumber: PartNumber, etag: z.string().min(1).max(128) }))
      .min(1)
      .max(10_000)
      .optional(),
    sha256: Hex64.optional(),
  }),
  // 10,000 parts are well over the usual 256 KiB.
  maxBodyBytes: LIMITS.largeBodyBytes,
  response: MediaFile,
  errors: [notFound, gone, conflict, invalidInput, payloadTooLarge, unsupportedMediaType],
})

export const cancelUpload = endpoint({
  method: 'delete',
  path: '/api/v1/media/uploads/:uploadId',
  summary: 'Give up an upload; what has arrived is removed',
  params: ofUpload,
  body: none,
  response: none,
  errors: [notFound, gone, conflict],
})
