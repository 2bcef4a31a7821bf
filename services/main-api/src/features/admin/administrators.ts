import type { Administrators } from '@sup/service-kit/http'
import type { Needs } from '../../deps.js'
import { adminStore } from './admin-store.js'

/** Asked at each call and kept nowhere: a role that is taken away ends with the next request. */
export const administrators = ({ db }: Needs<'db'>): Administrators => ({
  find: async ({ userId, sessionId }) =>
    (await adminStore(db).find({ userId, sessionId })) ?? undefined,
})
