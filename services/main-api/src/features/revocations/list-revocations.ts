import { AppError, type ServiceCaller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type listRevocations as contract,
  Uuid,
  validationError,
} from '@sup/types'
import { z } from 'zod'
import type { Needs } from '../../deps.js'
import { type Cursor, START, readRevocations } from './read-revocations.js'

const Xid = z.string().regex(/^\d{1,19}$/)
const Wire = z.tuple([Xid]).or(z.tuple([Xid, Xid, Xid, Uuid]))

/** What has ended since the cursor, for the nodes that hold connections. */
export async function listRevocations(
  { db }: Needs<'db'>,
  _caller: ServiceCaller,
  { query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const page = await readRevocations(db, decode(query.after), query.limit)
  return { ...page, cursor: encode(page.cursor) }
}

const encode = ({ from, round }: Cursor): string =>
  [from, ...(round ? [round.horizon, round.at.xid, round.at.id] : [])].join('.')

/** @throws AppError `VALIDATION_ERROR` with path `after` when it is not a cursor of this list. */
function decode(cursor: string | undefined): Cursor {
  if (cursor === undefined) return START
  const parts = Wire.safeParse(cursor.split('.'))
  if (!parts.success) {
    throw new AppError(validationError, [
      { path: 'after', message: 'is not a cursor of this list' },
    ])
  }
  if (parts.data.length === 1) return { from: parts.data[0] }
  const [from, horizon, xid, id] = parts.data
  return { from, round: { horizon, at: { xid, id } } }
}
