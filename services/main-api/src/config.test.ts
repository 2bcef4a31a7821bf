import { describe, expect, it } from '@jest/globals'
import { readMainApiConfig } from './config.js'

const secret = (letter: string): string => `${letter}-k3vJ9wq0Zt5Lx8Rb2Nc7Yd4Hf6Mg1Ps`
const good = {
  DATABASE_PASSWORD: secret('a'),
  REDIS_PASSWORD: secret('b'),
  RABBITMQ_URL: `amqp://sup:${secret('c')}@rabbitmq:5672`,
  SERVICE_SECRET: secret('d'),
  JWT_SECRET: secret('e'),
  PASSWORD_PEPPER: secret('f'),
  ENCRYPTION_KEY: secret('g'),
}

describe('readMainApiConfig', () => {
  it('has the defaults of the contract', () => {
    expect(readMainApiConfig(good)).toMatchObject({
      NODE_ENV: 'production',
      MAIN_API_PORT: 3000,
      MAIN_API_INTERNAL_PORT: 3010,
      REGISTRATION_MODE: 'open',
      BCRYPT_ROUNDS: 12,
      JWT_EXPIRES_IN: 900,
      REFRESH_TOKEN_TTL_DAYS: 30,
      MAX_GROUP_MEMBERS: 1000,
    })
  })

  it('names every missing secret at once', () => {
    const read = () => readMainApiConfig({ BCRYPT_ROUNDS: 'many' })
    for (const name of [
      'SERVICE_SECRET',
      'JWT_SECRET',
      'PASSWORD_PEPPER',
      'ENCRYPTION_KEY',
      'BCRYPT_ROUNDS',
    ]) {
      expect(read).toThrow(name)
    }
  })

  it('refuses cheap hashes in production only', () => {
    expect(() => readMainApiConfig({ ...good, BCRYPT_ROUNDS: '11' })).toThrow('BCRYPT_ROUNDS')
    expect(readMainApiConfig({ ...good, NODE_ENV: 'test', BCRYPT_ROUNDS: '4' }).BCRYPT_ROUNDS).toBe(
      4,
    )
  })

  it('refuses to demand verified addresses while nothing enforces it', () => {
    expect(() => readMainApiConfig({ ...good, REQUIRE_EMAIL_VERIFICATION: 'true' })).toThrow(
      'REQUIRE_EMAIL_VERIFICATION',
    )
  })
})
