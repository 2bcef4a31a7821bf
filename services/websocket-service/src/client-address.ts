import { addressKey, plainAddress } from '@sup/service-kit/http'
import express from 'express'
import type { Socket } from './io.js'

type Trust = (address: string, hop: number) => boolean

const isTrust = (value: unknown): value is Trust => typeof value === 'function'

/**
 * Makes the function that says under which key a client's address is counted. `X-Forwarded-For` counts as far
 * as trusted proxies wrote it, by the same rules as for REST.
 */
export function createAddressOf(trustedProxies: readonly string[]): (socket: Socket) => string {
  const app = express()
  app.set('trust proxy', [...trustedProxies])
  const known: unknown = app.get('trust proxy fn')
  const trust: Trust = isTrust(known) ? known : () => false

  return ({ conn, handshake }) => {
    const forwarded = handshake.headers['x-forwarded-for']
    const told = typeof forwarded === 'string' ? forwarded.split(',').reverse() : []
    // It is not typed so, but a connection that has ended already has none.
    const peer: unknown = conn.remoteAddress
    const chain = [typeof peer === 'string' ? peer : '', ...told].map((address) =>
      plainAddress(address.trim()),
    )
    const client = chain.find((address, hop) => !trust(address, hop)) ?? chain.at(-1) ?? ''
    return addressKey(client)
  }
}
