import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { REVOCATIONS_CHANNEL, getUser, updateUser, userChannel } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { accountChangesOf } from '../../../test/database.js'
import { recordHints } from '../../../test/hints.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('updateUser', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  const change = (person: TestPerson, body: object, id = 'me') =>
    person.askWrong(updateUser, body, { id })
  const profileChanges = async (person: TestPerson) =>
    (await accountChangesOf(api.deps, person.userId)).filter(({ type }) => type === 'profile')
  const audiences = (person: TestPerson) =>
    api.deps.db.any<{ id: string }>(
      `SELECT id FROM session_revocations WHERE kind = 'audience' AND user_id = $1`,
      [person.userId],
    )

  it('changes what is named and nothing else', async () => {
    const person = await api.person('alice')

    const { body } = await change(person, {
      username: 'Alice_New',
      displayName: 'Cafe\u0301 Alice',
      bio: "it's $<me> :raw ✓",
      locale: 'de-DE',
      privacy: { presence: 'contacts', typing: false },
    })

    expect(body.data).toMatchObject({
      username: 'alice_new',
      displayName: 'Café Alice',
      bio: "it's $<me> :raw ✓",
      locale: 'de-DE',
      privacy: { presence: 'contacts', typing: false, lastSeen: 'everyone', searchable: true },
    })
    expect(await person.call(getUser, { params: { id: person.userId } })).toEqual(body.data)
  })

  it('tells the own devices, and says nothing when nothing changed', async () => {
    const person = await api.person('bob')
    const hints = await recordHints(api.deps, userChannel(person.userId))

    await change(person, { bio: 'new' }, person.userId)
    await change(person, { bio: 'new' })
    await change(person, {})

    expect(await profileChanges(person)).toMatchObject([{ body: { user: { bio: 'new' } } }])
    expect(await audiences(person)).toHaveLength(0)
    const hint = await hints.find(({ type }) => type === 'account')
    expect(hint).toMatchObject({ change: { type: 'profile' }, exceptDevice: person.id })
    await hints.stop()
  })

  it('has every node ask again who may see what when privacy changes', async () => {
    const person = await api.person('carol')
    const hints = await recordHints(api.deps, REVOCATIONS_CHANNEL)

    await change(person, { privacy: { lastSeen: 'nobody' } })
    await change(person, { privacy: { lastSeen: 'nobody' } })

    const written = await audiences(person)
    expect(written).toHaveLength(1)
    await hints.find(({ id }) => id === written[0]?.id)
    await hints.stop()
  })

  it('refuses a username that is taken or reserved', async () => {
    const [dave, erin] = [await api.person('dave'), await api.person('erin')]

    for (const username of [erin.username.toUpperCase(), 'SYSTEM']) {
      const answer = await change(dave, { username, bio: 'lost' })
      expect([answer.status, answer.body.error]).toMatchObject([
        409,
        { code: 'ALREADY_EXISTS', details: [{ path: 'username' }] },
      ])
    }
    expect(await profileChanges(dave)).toEqual([])
    // One's own name is not taken by somebody else.
    expect((await change(dave, { username: dave.username.toUpperCase() })).status).toBe(200)
  })

  it('refuses an avatar, because there is none yet, and takes one away', async () => {
    const person = await api.person('frank')
    await api.deps.db.none(`UPDATE users SET avatar_url = '/x' WHERE id = $1`, [person.userId])

    const refused = await change(person, { avatarFileId: randomUUID() })
    const removed = await change(person, { avatarFileId: null })

    expect([refused.status, refused.body.error.code]).toEqual([422, 'INVALID_INPUT'])
    expect(removed.body.data.avatarUrl).toBeUndefined()
  })

  it('is for oneself only', async () => {
    const [grace, mallory] = [await api.person('grace'), await api.person('mallory')]

    const other = await change(mallory, { bio: 'owned' }, grace.userId)
    const unknown = await change(mallory, { bio: 'owned' }, randomUUID())

    expect([other.status, other.body.error.code]).toEqual([403, 'FORBIDDEN'])
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'NOT_FOUND'])
  })

  it.each([
    ['username', { username: 'ab' }],
    ['displayName', { displayName: '' }],
    ['bio', { bio: 'x'.repeat(501) }],
    ['bio', { bio: 'a\u0000b' }],
    ['bio', { bio: null }],
    ['avatarFileId', { avatarFileId: 'me.png' }],
    ['locale', { locale: 'not a locale' }],
    ['privacy.presence', { privacy: { presence: 'friends' } }],
    ['privacy.typing', { privacy: { typing: 'yes' } }],
  ])('refuses a wrong %s: %j', async (path, body) => {
    const person = await api.person('heidi')
    const answer = await change(person, body)
    expect([answer.status, answer.body.error]).toMatchObject([400, { details: [{ path }] }])
  })
})
