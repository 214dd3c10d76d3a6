// Addresses inside the page: #/stages/screening?after=…, #/cases/<id>, #/statistics. What is shown can be bookmarked and the
// browser's own Back works.

/** The parts and parameters of the address in the location's hash; null for a hash that is not one, such as a skip link's. */
export function route(hash) {
  if (hash !== '' && !hash.startsWith('#/')) return null;
  const [path, query = ''] = hash.slice(2).split('?');
  return { parts: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand; it will name nothing
  }
}

/** The address of a stage's list. Parameters that are empty are left away. */
export function stageAddress(stage, parameters = {}) {
  return `#/stages/${encodeURIComponent(stage)}${queryString(parameters)}`;
}

/** The address of a case, as it is or as it was known at a moment. */
export function caseAddress(id, parameters = {}) {
  return `#/cases/${encodeURIComponent(id)}${queryString(parameters)}`;
}

/** The address of the form for a command on a case. Parameters fill in fields of it. */
export function actionAddress(id, command, parameters = {}) {
  return `#/cases/${encodeURIComponent(id)}/${encodeURIComponent(command)}${queryString(parameters)}`;
}

/** The address of who opened a case. */
export function openingsAddress(id, parameters = {}) {
  return actionAddress(id, 'access-log', parameters);
}

/** The address of what an auditor looks after. */
export function recordAddress(parameters = {}) {
  return `#/record${queryString(parameters)}`;
}

/** The address of the inbox. */
export function inboxAddress(parameters = {}) {
  return `#/inbox${queryString(parameters)}`;
}

/** The address of an incident, or of the list of them. */
export function incidentAddress(id = '', parameters = {}) {
  return `#/incidents${id && `/${encodeURIComponent(id)}`}${queryString(parameters)}`;
}

/** The address of a published release, or of the list of them. */
export function statisticsAddress(release = '') {
  return `#/statistics${release && `/${encodeURIComponent(release)}`}`;
}

/** "?a=1&b=2" of the parameters that are not empty; a parameter may have a list of values. */
export function queryString(parameters) {
  const filled = Object.entries(parameters)
    .flatMap(([name, values]) => [values].flat().map((value) => [name, value]))
    .filter(([, value]) => value !== null && value !== undefined && value !== '');
  return filled.length === 0 ? '' : `?${new URLSearchParams(filled)}`;
}
