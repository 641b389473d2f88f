/** The templates of units/, as the built program carries them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPLATE_NAMES, type Templates } from '../../src/model/install-plan.js';
import { CHECKOUT } from './agent-rig.js';

/** Returns the templates of this checkout. */
export const unitTemplates = (): Templates =>
  Object.fromEntries(
    TEMPLATE_NAMES.map((name) => [name, readFileSync(join(CHECKOUT, 'units', name), 'utf8')]),
  ) as Record<(typeof TEMPLATE_NAMES)[number], string>;
