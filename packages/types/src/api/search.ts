import { z } from 'zod'
import { endpoint } from '../contract.js'
import { none, queryInt, str } from '../scalars.js'
import { UserProfile } from '../user.types.js'

export const searchUsers = endpoint({
  method: 'get',
  path: '/api/v1/search/users',
  summary: 'People by username, username prefix or a word of the display name',
  limit: 'search',
  params: none,
  query: z.object({ q: str(2, 64), limit: queryInt(1, 20).default(20) }),
  body: none,
  response: z.array(UserProfile),
  errors: [],
})
