import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, getChat as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readChat } from './read-chats.js'

/** One chat; a public one is visible to everybody. */
export const getChat = (
  { db, config }: Needs<'db' | 'config'>,
  caller: Caller,
  { params }: Input<typeof contract>,
): Promise<Output<typeof contract>> => readChat({ sql: db, config }, caller, params.id)
