import { z } from 'zod'
import { StorageCheck } from '../api/admin.js'
import { endpoint } from '../contract.js'
import { serviceUnavailable } from '../errors.js'
import { none } from '../scalars.js'

export const checkStorage = endpoint({
  method: 'post',
  path: '/internal/v1/storage/check',
  summary: 'media-service (:3013): compare the bucket with the files; changes nothing',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({}),
  response: StorageCheck,
  errors: [serviceUnavailable],
})
