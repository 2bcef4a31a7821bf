import { z } from 'zod'
import { endpoint } from '../contract.js'
import { alreadyExists, forbidden, invalidInput, notFound } from '../errors.js'
import { Ts, Uuid, none } from '../scalars.js'
import {
  Bio,
  DisplayName,
  PrivateUser,
  Privacy,
  UserProfile,
  UserStatus,
  UsernameInput,
} from '../user.types.js'

/** A user id in a path; `me` stands for the caller. */
export const UserIdOrMe = z.union([Uuid, z.literal('me')])

export const getUser = endpoint({
  method: 'get',
  path: '/api/v1/users/:id',
  summary: 'A profile: PrivateUser for oneself, UserProfile for others',
  params: z.object({ id: UserIdOrMe }),
  body: none,
  response: z.union([PrivateUser, UserProfile]),
  errors: [notFound],
})

export const updateUser = endpoint({
  method: 'patch',
  path: '/api/v1/users/:id',
  summary: 'Change the own profile and privacy',
  params: z.object({ id: UserIdOrMe }),
  body: z.object({
    username: UsernameInput.optional(),
    displayName: DisplayName.optional(),
    bio: Bio.optional(),
    avatarFileId: Uuid.nullable().optional(),
    privacy: Privacy.partial().optional(),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
      .max(35)
      .optional(),
  }),
  response: PrivateUser,
  errors: [notFound, forbidden, alreadyExists, invalidInput],
})

export const getPresence = endpoint({
  method: 'get',
  path: '/api/v1/users/presence',
  summary: 'Status of up to 100 people; who may not be seen is offline',
  params: none,
  query: z.object({
    ids: z
      .string()
      .max(3800)
      .transform((ids) => ids.split(',').filter((id) => id !== ''))
      .pipe(z.array(Uuid).min(1).max(100)),
  }),
  body: none,
  response: z.array(z.object({ userId: Uuid, status: UserStatus, lastSeen: Ts.optional() })),
  errors: [],
})
