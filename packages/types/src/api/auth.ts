import { z } from 'zod'
import { endpoint } from '../contract.js'
import {
  accountDisabled,
  alreadyExists,
  forbidden,
  gone,
  invalidCode,
  invalidCredentials,
  invalidInput,
  invalidToken,
  notFound,
  rateLimited,
  serviceUnavailable,
  tokenExpired,
  unauthorized,
} from '../errors.js'
import { PageMeta, PaginationParams } from '../common.types.js'
import { Ts, Uuid, none, str } from '../scalars.js'
import {
  AuthResult,
  DisplayName,
  Password,
  Platform,
  PrivateUser,
  Session,
  UsernameInput,
} from '../user.types.js'

/** How a log-in names its device; `id` re-uses an own one. */
export const DeviceInput = z.object({
  id: Uuid.optional(),
  name: str(1, 64).optional(),
  platform: Platform.optional(),
})
export type DeviceInput = z.output<typeof DeviceInput>

export const EmailInput = z.email().max(254).toLowerCase()
/** Any way people write a number; stored in E.164. */
export const PhoneInput = z.string().min(5).max(32)

export const register = endpoint({
  method: 'post',
  path: '/api/v1/auth/register',
  summary: 'Make an account and log in',
  auth: 'open',
  limit: 'auth',
  params: none,
  body: z.object({
    username: UsernameInput,
    password: Password,
    email: EmailInput.optional(),
    phone: PhoneInput.optional(),
    displayName: DisplayName.optional(),
    device: DeviceInput.optional(),
    inviteCode: z.string().max(64).optional(),
  }),
  response: AuthResult,
  success: [201],
  errors: [alreadyExists, forbidden, serviceUnavailable],
})

export const logIn = endpoint({
  method: 'post',
  path: '/api/v1/auth/login',
  summary: 'Log in with a username, e-mail address or phone number',
  auth: 'open',
  limit: 'auth',
  params: none,
  body: z
    .object({
      identifier: z.string().min(1).max(254).optional(),
      username: z.string().min(1).max(254).optional(),
      email: z.string().min(1).max(254).optional(),
      phone: z.string().min(1).max(254).optional(),
      // Any length: a password that could never be set is simply wrong.
      password: z.string().min(1).max(1024),
      device: DeviceInput.optional(),
    })
    .refine(
      (body) =>
        [body.identifier, body.username, body.email, body.phone].filter(Boolean).length === 1,
      'needs exactly one of identifier, username, email, phone',
    ),
  response: AuthResult,
  errors: [invalidCredentials, accountDisabled, rateLimited, serviceUnavailable],
})

export const logOut = endpoint({
  method: 'post',
  path: '/api/v1/auth/logout',
  summary: 'End this session, or all of the account',
  params: none,
  body: z.object({
    refreshToken: z.string().max(256).optional(),
    allSessions: z.boolean().optional(),
    removeDevice: z.boolean().optional(),
  }),
  response: z.object({ revokedSessions: z.int() }),
  errors: [],
})

export const refreshSession = endpoint({
  method: 'post',
  path: '/api/v1/auth/refresh',
  summary: 'Exchange a refresh token for new tokens; each works once',
  auth: 'open',
  params: none,
  body: z.object({ refreshToken: z.string().min(1).max(256) }),
  response: z.object({
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.int(),
    sessionId: Uuid,
  }),
  errors: [invalidToken, tokenExpired, accountDisabled],
})

export const reauthenticate = endpoint({
  method: 'post',
  path: '/api/v1/auth/reauth',
  summary: 'Give the password again; changes of an administrator need it within 15 minutes',
  limit: 'auth',
  params: none,
  body: z.object({ password: z.string().min(1).max(1024) }),
  response: z.object({ freshUntil: Ts }),
  errors: [invalidCredentials, rateLimited, serviceUnavailable],
})

/** What a code can prove. */
export const VerifiedType = z.enum(['email', 'phone'])
export type VerifiedType = z.output<typeof VerifiedType>

export const verifyAddress = endpoint({
  method: 'post',
  path: '/api/v1/auth/verify',
  summary: 'Prove an e-mail address or phone number by the token or the code that was sent there',
  auth: 'open',
  limit: 'auth',
  params: none,
  body: z
    .object({
      /** Of the link in the mail; needs no log-in. */
      token: z.string().min(1).max(256).optional(),
      type: VerifiedType.optional(),
      code: z
        .string()
        .regex(/^\d{6}$/, 'has six digits')
        .optional(),
    })
    .refine(
      ({ token, type, code }) =>
        token === undefined
          ? type !== undefined && code !== undefined
          : type === undefined && code === undefined,
      'needs token, or type and code',
    ),
  response: z.object({
    verified: z.literal(true),
    type: VerifiedType,
    /** With a log-in of that account. */
    user: PrivateUser.optional(),
  }),
  errors: [unauthorized, invalidToken, tokenExpired, invalidCode, gone, rateLimited],
})

export const resendCode = endpoint({
  method: 'post',
  path: '/api/v1/auth/verify/resend',
  summary: 'Send a new code, at most one a minute; older codes die',
  params: none,
  body: z.object({ type: VerifiedType }),
  response: none,
  success: [202],
  errors: [invalidInput, rateLimited],
})

export const listSessions = endpoint({
  method: 'get',
  path: '/api/v1/auth/sessions',
  summary: 'Own sessions, newest first',
  params: none,
  query: PaginationParams,
  body: none,
  response: z.array(Session),
  meta: PageMeta,
  errors: [],
})

export const revokeSession = endpoint({
  method: 'delete',
  path: '/api/v1/auth/sessions/:sessionId',
  summary: 'End one own session',
  params: z.object({ sessionId: Uuid }),
  body: none,
  response: z.object({ revokedSessions: z.int() }),
  errors: [notFound],
})

export const revokeOtherSessions = endpoint({
  method: 'delete',
  path: '/api/v1/auth/sessions',
  summary: 'End all own sessions but this one',
  params: none,
  body: none,
  response: z.object({ revokedSessions: z.int() }),
  errors: [],
})

export const verifyUser = endpoint({
  method: 'get',
  path: '/api/v1/auth/verify-user',
  summary: 'Who the token belongs to, also in the header x-user-payload',
  params: none,
  body: none,
  response: z.object({ userId: Uuid, username: z.string() }),
  errors: [],
})
