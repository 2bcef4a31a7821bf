import { z } from 'zod'
import { Ts, Uuid } from './scalars.js'

export const CallParticipant = z.object({
  userId: Uuid,
  state: z.enum(['invited', 'ringing', 'joined', 'declined', 'left']),
  joinedAt: Ts.optional(),
  leftAt: Ts.optional(),
})
export type CallParticipant = z.output<typeof CallParticipant>

export const Call = z.object({
  id: Uuid,
  chatId: Uuid,
  createdBy: Uuid,
  media: z.enum(['audio', 'video']),
  state: z.enum(['ringing', 'active', 'ended', 'missed', 'declined', 'failed']),
  createdAt: Ts,
  answeredAt: Ts.optional(),
  endedAt: Ts.optional(),
  endReason: z.string().optional(),
  participants: z.array(CallParticipant),
})
export type Call = z.output<typeof Call>

export const CallAccess = z.object({
  url: z.string(),
  token: z.string(),
  room: z.string(),
  expiresIn: z.literal(600),
})
export type CallAccess = z.output<typeof CallAccess>

export const IceServers = z.object({
  iceServers: z.array(
    z.object({
      urls: z.array(z.string()),
      username: z.string().optional(),
      credential: z.string().optional(),
    }),
  ),
  ttl: z.int(),
})
export type IceServers = z.output<typeof IceServers>
