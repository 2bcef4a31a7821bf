import { z } from 'zod'
import { PageMeta, PaginationParams } from '../common.types.js'
import { endpoint } from '../contract.js'
import { notFound } from '../errors.js'
import { Uuid, none, str } from '../scalars.js'
import { Device } from '../user.types.js'

export const listDevices = endpoint({
  method: 'get',
  path: '/api/v1/devices',
  summary: 'Own devices, newest first',
  params: none,
  query: PaginationParams,
  body: none,
  response: z.array(Device),
  meta: PageMeta,
  errors: [],
})

export const renameDevice = endpoint({
  method: 'patch',
  path: '/api/v1/devices/:deviceId',
  summary: 'Name an own device',
  params: z.object({ deviceId: Uuid }),
  body: z.object({ name: str(1, 64) }),
  response: Device,
  errors: [notFound],
})

export const removeDevice = endpoint({
  method: 'delete',
  path: '/api/v1/devices/:deviceId',
  summary: 'Remove an own device: its sessions end, its keys and envelopes are deleted',
  params: z.object({ deviceId: Uuid }),
  body: none,
  response: none,
  errors: [notFound],
})
