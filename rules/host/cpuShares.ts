/**
 * Weight of what must not disturb users, of 1024: a tenth of what a service gets where both want a processor, and all of
 * it where nobody else does. https://docs.docker.com/engine/containers/resource_constraints/#configure-the-default-cfs-scheduler
 */
export const STEPPED_BACK_SHARES = 102;
/** Docker's own default. */
export const FULL_SHARES = 1024;
