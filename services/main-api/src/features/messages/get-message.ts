import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, type getMessage as contract, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readMessages } from './public.js'

/** One message that the caller may see. */
export async function getMessage(
  { db, config }: Needs<'db' | 'config'>,
  { userId }: Caller,
  { params }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const message = (await readMessages({ sql: db, config }, userId, [params.id])).get(params.id)
  if (!message) throw new AppError(notFound)
  return message
}
