import { z } from 'zod'
import { endpoint } from '../contract.js'
import { Ts, Uuid, none } from '../scalars.js'

export const ServerInfo = z.object({
  name: z.string(),
  version: z.string(),
  apiVersion: z.literal(1),
  epoch: Uuid,
  time: Ts,
  publicUrl: z.string(),
  registration: z.enum(['open', 'invite', 'closed']),
  features: z.object({
    calls: z.boolean(),
    push: z.boolean(),
    webPush: z.boolean(),
    email: z.boolean(),
    sms: z.boolean(),
    search: z.boolean(),
    stories: z.boolean(),
  }),
  vapidPublicKey: z.string().optional(),
  limits: z.record(z.string(), z.unknown()),
})
export type ServerInfo = z.output<typeof ServerInfo>

export const getServer = endpoint({
  method: 'get',
  path: '/api/v1/server',
  summary: 'What this server is, can do and allows',
  auth: 'open',
  params: none,
  body: none,
  response: ServerInfo,
  errors: [],
})
