// The published statistics.

import type { Shot } from '../support/shots.ts';

const who = 'committee';

export const shots: Shot[] = [
  { name: 'statistics', who, path: '/statistics' },
  { name: 'statistics-flow', who, path: '/statistics/flow' },
  { name: 'statistics-time', who, path: '/statistics/time' },
  { name: 'statistics-where', who, path: '/statistics/where' },
  { name: 'statistics-where-provinces', who, path: '/statistics/where?level=province' },
  { name: 'statistics-who', who, path: '/statistics/who' },
  { name: 'statistics-who-in-a-region', who, path: '/statistics/who?region=north' },
  { name: 'statistics-trends', who, path: '/statistics/trends' },
  { name: 'statistics-trends-by-nationality', who, path: '/statistics/trends?by=nationality' },
  { name: 'statistics-about', who, path: '/statistics/about' },
  { name: 'statistics-downloads', who, path: '/statistics/downloads' },
];
