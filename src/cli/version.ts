/**
 * The version of the program, from package.json; the bundle carries it inside.
 */
import project from '../../package.json' with { type: 'json' };

/** The version, as package.json has it. */
export const VERSION: string = project.version;
