import { z } from 'zod'
import { Head } from '../chat.types.js'
import { PageMeta, PaginationParams } from '../common.types.js'
import { endpoint } from '../contract.js'
import { LIMITS } from '../limits.js'
import { Seq, Uuid, none, queryInt } from '../scalars.js'
import { SyncPage } from '../sync.types.js'

export const sync = endpoint({
  method: 'get',
  path: '/api/v1/sync',
  summary: 'Everything missed since a cursor, in pages, however long ago',
  params: none,
  query: z.object({
    cursor: z.string().min(1).max(1024).optional(),
    limit: queryInt(1, LIMITS.syncPageMax).default(LIMITS.syncPageSize),
    window: queryInt(0, 1000).optional(),
  }),
  body: none,
  response: SyncPage,
  errors: [],
})

export const syncChats = endpoint({
  method: 'post',
  path: '/api/v1/sync',
  summary: 'Entries of named chats after the positions that the client has',
  params: none,
  body: z.object({
    epoch: Uuid.optional(),
    chats: z.array(z.object({ chatId: Uuid, after: Seq })).max(200),
    limit: z.int().min(1).max(LIMITS.syncPageMax).optional(),
  }),
  response: SyncPage,
  errors: [],
})

export const listHeads = endpoint({
  method: 'get',
  path: '/api/v1/sync/heads',
  summary: 'Newest position and digest of every own chat',
  params: none,
  query: PaginationParams,
  body: none,
  response: z.object({
    epoch: Uuid,
    heads: z.array(Head.extend({ chatId: Uuid })),
  }),
  meta: PageMeta,
  errors: [],
})
