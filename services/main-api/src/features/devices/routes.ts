import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { listDevices } from './list-devices.js'
import { removeDevice } from './remove-device.js'
import { renameDevice } from './rename-device.js'

export function deviceRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.listDevices, (caller, input) => listDevices(deps, caller, input))
  serve(router, contract.renameDevice, (caller, input) => renameDevice(deps, caller, input))
  serve(router, contract.removeDevice, (caller, input) => removeDevice(deps, caller, input))
  return router
}
