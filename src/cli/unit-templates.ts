/** The templates of units/, which the bundle carries inside: a copy of that one file is all that an install needs. */
import type { Templates } from '../model/install-plan.js';

// build.mjs puts them in its place.
declare const UNIT_TEMPLATES: Templates;

/** Returns the templates of the bundle that runs. */
export const unitTemplates = (): Templates => UNIT_TEMPLATES;
