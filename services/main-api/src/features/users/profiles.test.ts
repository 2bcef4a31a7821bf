import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Audience, PrivateUser, UserProfile, getUser, updateUser } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { relate } from '../../../test/database.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { readProfiles } from './public.js'

const AT = '2026-01-01T12:34:56.789Z'

describe('a profile', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  /** Somebody who has everything that privacy can hide. */
  const complete = async (name: string): Promise<TestPerson> => {
    const person = await api.person(name)
    await api.deps.db.none(
      `UPDATE users SET bio = 'bio', avatar_url = '/api/v1/media/x', status = 'online', last_seen = $2
        WHERE id = $1`,
      [person.userId, AT],
    )
    return person
  }
  const see = async (viewer: TestPerson, person: { userId: string }) =>
    UserProfile.parse(await viewer.call(getUser, { params: { id: person.userId } }))
  const set = (person: TestPerson, privacy: object) =>
    person.call(updateUser, { params: { id: 'me' }, body: { privacy } })

  const ALL = { bio: 'bio', avatarUrl: '/api/v1/media/x', status: 'online' }

  it('shows strangers the name, the avatar and the bio', async () => {
    const [alice, bob] = [await complete('alice'), await api.person('bob')]

    const profile = await see(bob, alice)

    expect(profile).toMatchObject({
      id: alice.userId,
      username: alice.username,
      displayName: 'alice',
      bio: 'bio',
      avatarUrl: '/api/v1/media/x',
      status: 'offline',
      isContact: false,
      isBlocked: false,
    })
    expect(profile.lastSeen).toBeUndefined()
    expect(Object.keys(profile)).not.toContain('email')
  })

  it('shows presence and last seen, to the minute, to whoever has the account as a contact', async () => {
    const [alice, bob] = [await complete('alice'), await api.person('bob')]
    await relate(api.deps).contact(bob.userId, alice.userId, 'Ally')

    expect(await see(bob, alice)).toMatchObject({
      ...ALL,
      lastSeen: '2026-01-01T12:34:00.000Z',
      isContact: true,
      nickname: 'Ally',
    })
  })

  it.each<[Audience, boolean]>([
    ['everyone', true],
    ['contacts', false],
    ['nobody', false],
  ])(
    'with everything set to %s shows it to one who is no contact: %s',
    async (audience, isShown) => {
      const [alice, bob] = [await complete('alice'), await api.person('bob')]
      await relate(api.deps).contact(bob.userId, alice.userId)
      await set(alice, { presence: audience, lastSeen: audience, avatar: audience, bio: audience })

      const profile = await see(bob, alice)

      expect([profile.bio, profile.avatarUrl, profile.lastSeen].map(Boolean)).toEqual([
        isShown,
        isShown,
        isShown,
      ])
      expect(profile.status).toBe(isShown ? 'online' : 'offline')
    },
  )

  it('set to contacts is seen by the contacts of its owner', async () => {
    const [alice, bob] = [await complete('alice'), await api.person('bob')]
    await relate(api.deps).contact(alice.userId, bob.userId)
    await set(alice, {
      presence: 'contacts',
      lastSeen: 'contacts',
      avatar: 'contacts',
      bio: 'contacts',
    })

    expect(await see(bob, alice)).toMatchObject({ ...ALL, lastSeen: expect.any(String) })
  })

  it('does not show presence or last seen to who hides the same', async () => {
    const [alice, bob] = [await complete('alice'), await api.person('bob')]
    await relate(api.deps).contact(bob.userId, alice.userId)

    await set(bob, { presence: 'nobody' })
    expect(await see(bob, alice)).toMatchObject({ status: 'offline', lastSeen: expect.any(String) })

    await set(bob, { presence: 'everyone', lastSeen: 'nobody' })
    const profile = await see(bob, alice)
    expect([profile.status, profile.lastSeen]).toEqual(['online', undefined])
  })

  it('of somebody who blocked the viewer looks like one with everything hidden', async () => {
    const [alice, hidden, bob] = [
      await complete('alice'),
      await complete('hidden'),
      await api.person('bob'),
    ]
    await set(hidden, { presence: 'nobody', lastSeen: 'nobody', avatar: 'nobody', bio: 'nobody' })
    for (const person of [alice, hidden]) await relate(api.deps).contact(bob.userId, person.userId)
    await relate(api.deps).block(alice.userId, bob.userId)

    const [fromBlocker, fromHidden] = [await see(bob, alice), await see(bob, hidden)]

    expect(Object.keys(fromBlocker).sort()).toEqual(Object.keys(fromHidden).sort())
    expect(fromBlocker).toMatchObject({ status: 'offline', isContact: true, isBlocked: false })
    // And the other way round: who blocks does not see presence, but what is public stays so.
    await api.deps.db.none(`UPDATE users SET status = 'online', bio = 'b' WHERE id = $1`, [
      bob.userId,
    ])
    await relate(api.deps).contact(alice.userId, bob.userId)
    expect(await see(alice, bob)).toMatchObject({ status: 'offline', bio: 'b', isBlocked: true })
  })

  it('of oneself is the private one, by any name', async () => {
    const alice = await complete('alice')

    for (const id of ['me', alice.userId, alice.userId.toUpperCase()]) {
      const me = PrivateUser.parse(await alice.call(getUser, { params: { id } }))
      expect(me).toMatchObject({ ...ALL, twoFactorEnabled: false, privacy: { bio: 'everyone' } })
    }
  })

  it('of unknown and deleted accounts is not found', async () => {
    const [alice, bob] = [await api.person('alice'), await api.person('bob')]
    await see(bob, alice)
    await api.deps.db.none('UPDATE users SET deleted_at = now() WHERE id = $1', [alice.userId])

    const deleted = await bob.ask(getUser, { params: { id: alice.userId } })
    const unknown = await bob.ask(getUser, { params: { id: randomUUID() } })
    const malformed = await bob.askWrong(getUser, undefined, { id: 'alice' })

    expect([deleted.status, unknown.status, malformed.status]).toEqual([404, 404, 400])
    expect({ ...deleted.body.error, requestId: '' }).toEqual({
      ...unknown.body.error,
      requestId: '',
    })
  })

  it('is kept in Redis as strangers see it, and never shown there after a change', async () => {
    const [alice, bob] = [await complete('alice'), await api.person('bob')]
    const key = `user:${alice.userId}`
    const { command } = api.deps.redis
    await see(bob, alice)
    expect(JSON.parse(String(await command.get(key)))).toMatchObject({
      bio: 'bio',
      status: 'offline',
    })

    await alice.call(updateUser, { params: { id: 'me' }, body: { bio: 'new' } })
    expect(await command.get(key)).toBeNull()

    // As if a reader had written the old state just after the drop.
    await command.set(key, JSON.stringify({ ...(await see(bob, alice)), bio: 'old', version: 'x' }))
    expect(await see(bob, alice)).toMatchObject({ bio: 'new' })
    await command.set(key, 'nonsense')
    expect(await see(bob, alice)).toMatchObject({ bio: 'new' })
    // What comes from Redis is what strangers see, whoever put it there.
    await api.flushRedis()
    await see(bob, alice)
    await relate(api.deps).contact(bob.userId, alice.userId)
    expect(await see(bob, alice)).toMatchObject({ status: 'online', isContact: true })
  })

  it('is read for many people in one query', async () => {
    const [alice, bob, carol] = [
      await complete('alice'),
      await complete('bob'),
      await api.person('carol'),
    ]
    await set(bob, { bio: 'nobody' })

    const profiles = await readProfiles(api.deps.db, carol.userId, [
      alice.userId,
      bob.userId,
      carol.userId,
      randomUUID(),
    ])

    expect([...profiles.keys()].sort()).toEqual([alice, bob, carol].map((p) => p.userId).sort())
    expect(profiles.get(alice.userId)?.bio).toBe('bio')
    expect(profiles.get(bob.userId)?.bio).toBeUndefined()
    expect(await readProfiles(api.deps.db, carol.userId, [])).toEqual(new Map())
  })
})
