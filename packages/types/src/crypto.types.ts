import { z } from 'zod'
import { LIMITS } from './limits.js'
import { Seq, Ts, Uuid, b64 } from './scalars.js'

export const DeviceRef = z.object({ userId: Uuid, deviceId: Uuid })
export type DeviceRef = z.output<typeof DeviceRef>

/** A public prekey; `signature` is required for signed and Kyber keys. */
export const PreKey = z.object({
  keyId: z.int().min(0).max(16_777_215),
  publicKey: z.base64(),
  signature: z.base64().optional(),
})
export type PreKey = z.output<typeof PreKey>

export const IdentityKey = z.object({ userId: Uuid, deviceId: Uuid, identityKey: z.base64() })
export type IdentityKey = z.output<typeof IdentityKey>

/** How an existing device vouches for a new one (wire-contract 3.2). */
export const Approval = z.object({ byDeviceId: Uuid, signature: z.base64() })
export type Approval = z.output<typeof Approval>

export const CryptoKeys = IdentityKey.extend({
  deviceNumber: z.int().min(1).max(LIMITS.deviceNumbers),
  registrationId: z.int().min(1).max(16_380),
  signedPreKey: PreKey,
  kyberPreKey: PreKey,
  approval: Approval.nullable(),
  updatedAt: Ts,
})
export type CryptoKeys = z.output<typeof CryptoKeys>

/** 2 message, 3 prekey message, 7 sender key, 8 plaintext control. */
export const EnvelopeType = z.union([z.literal(2), z.literal(3), z.literal(7), z.literal(8)])

/** A ciphertext for one device, as it is sent. */
export const EnvelopeInput = z.object({
  userId: Uuid,
  deviceId: Uuid,
  registrationId: z.int().min(1).max(16_380),
  type: EnvelopeType,
  content: b64(1, LIMITS.envelopeBytes),
})
export type EnvelopeInput = z.output<typeof EnvelopeInput>

/** A ciphertext as the addressed device gets it. */
export const Envelope = z.object({
  seq: Seq.optional(),
  type: EnvelopeType,
  content: z.base64(),
  senderDeviceId: Uuid,
  senderDeviceNumber: z.int(),
})
export type Envelope = z.output<typeof Envelope>

export const DeviceMessage = z.object({
  id: Uuid,
  kind: z.enum(['sender_key', 'retry_request', 'device_sync', 'history']),
  chatId: Uuid.optional(),
  senderId: Uuid,
  envelope: Envelope,
  createdAt: Ts,
})
export type DeviceMessage = z.output<typeof DeviceMessage>
