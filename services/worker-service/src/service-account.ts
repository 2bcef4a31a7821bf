import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'

const isPrivateKey = (pem: string): boolean => {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

const ServiceAccount = z.object({
  project_id: z.string().regex(/^[a-z0-9:.-]{1,100}$/),
  client_email: z.string().min(3).max(320),
  private_key: z.string().refine(isPrivateKey),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
})

/** Who this server is towards Google: what the Firebase console exports. */
export type ServiceAccount = z.output<typeof ServiceAccount>

/** Reads `FCM_SERVICE_ACCOUNT`; undefined when it is not the JSON of a service account with an RSA key. */
export function readServiceAccount(text: string): ServiceAccount | undefined {
  try {
    return ServiceAccount.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
