import { z } from 'zod'
import { LIMITS } from './limits.js'
import { queryInt } from './scalars.js'

export type UUID = string
/** UTC with milliseconds as a string: the form in which every time crosses a process border. */
export type Timestamp = string

/** `limit`, `cursor`, `page`: how every list is paged (wire-contract 2.7). */
export const PaginationParams = z.object({
  limit: queryInt(1, LIMITS.pageSizeMax).default(LIMITS.pageSize),
  cursor: z.string().min(1).max(1024).optional(),
  page: queryInt(1, 200).optional(),
})
export type PaginationParams = z.output<typeof PaginationParams>

/** `meta` of a list. */
export const PageMeta = z.object({
  limit: z.int().optional(),
  page: z.int().optional(),
  total: z.int().optional(),
  nextCursor: z.string().optional(),
  prevCursor: z.string().optional(),
  hasMore: z.boolean().optional(),
})
export type PageMeta = z.output<typeof PageMeta>

/** `error` of the envelope (wire-contract 2.1). */
export const ErrorBody = z.object({
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
  retryable: z.boolean(),
  retryAfterMs: z.int().optional(),
  requestId: z.string(),
})
export type ErrorBody = z.output<typeof ErrorBody>

/** The answer of every native endpoint. */
export type ApiResponse<T> =
  | { success: true; data: T; meta?: PageMeta & { replayed?: boolean; existing?: boolean } }
  | { success: false; error: ErrorBody }

/** The eleven codes of the integration guide; `errors.ts` holds these and the additional ones. */
export const ErrorCodes = {
  UNAUTHORIZED: 'UNAUTHORIZED',
  TOKEN_EXPIRED: 'TOKEN_EXPIRED',
  INVALID_TOKEN: 'INVALID_TOKEN',
  VALIDATION_ERROR: 'VALIDATION_ERROR',
  INVALID_INPUT: 'INVALID_INPUT',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  FORBIDDEN: 'FORBIDDEN',
  INSUFFICIENT_PERMISSIONS: 'INSUFFICIENT_PERMISSIONS',
  INTERNAL_ERROR: 'INTERNAL_ERROR',
  SERVICE_UNAVAILABLE: 'SERVICE_UNAVAILABLE',
} as const
