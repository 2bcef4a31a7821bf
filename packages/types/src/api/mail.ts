import { z } from 'zod'
import { endpoint } from '../contract.js'
import { invalidToken } from '../errors.js'
import { none } from '../scalars.js'

const Token = z.string().min(1).max(512)

/** RFC 8058: mail programs post the form to the address in `List-Unsubscribe`, which carries the token. */
export const unsubscribe = endpoint({
  method: 'post',
  path: '/api/v1/notifications/unsubscribe',
  summary: 'Stop mail of one kind, by the token that stands in such a mail',
  auth: 'open',
  form: true,
  maxBodyBytes: 8 * 1024,
  params: none,
  query: z.object({ token: Token.optional() }),
  body: z.object({
    token: Token.optional(),
    'List-Unsubscribe': z.literal('One-Click').optional(),
  }),
  response: none,
  errors: [invalidToken],
})
