import { createBullBoard } from '@bull-board/api'
import { BullAdapter } from '@bull-board/api/bullAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { QUEUES } from '@sup/types'
import type { RequestHandler } from 'express'
import type { Needs } from '../../deps.js'
import { BOARD_PATH } from './board-pass.js'

const HIDDEN = 'not shown'

/**
 * The board of all job queues. It only shows: what changes something goes through the API, which asks for a fresh
 * log-in and writes it down. What a job is about is not shown, because mails and pushes are among them.
 */
export function createBoard({ jobDesk }: Needs<'jobDesk'>): RequestHandler {
  const server = new ExpressAdapter()
  server.setBasePath(BOARD_PATH)
  const queues = Object.values(QUEUES).map((name) => {
    const adapter = new BullAdapter(jobDesk.queue(name), { readOnlyMode: true })
    adapter.setFormatter('data', () => HIDDEN)
    adapter.setFormatter('returnValue', () => HIDDEN)
    return adapter
  })
  createBullBoard({ queues, serverAdapter: server })
  // The package's types are those of another copy of express.
  return server.getRouter() as RequestHandler
}
