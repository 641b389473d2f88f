/** Programs that show what the machine does. None of their arguments runs or writes anything. */
import { plainFamily } from './plain-family.js';

const any = (): boolean => true;

/** The family of monitors. */
export const monitors = plainFamily({
  kind: 'monitor',
  mode: 'auto',
  programs: {
    top: any,
    htop: any,
    btop: any,
    atop: (args) => !args.includes('-w'),
    nvtop: any,
    glances: (args) => args.length === 0,
  },
  interpreters: new Set(['python']),
});
