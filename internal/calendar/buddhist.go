package calendar

// BuddhistEra is by how many years the Buddhist era (BE), in which Thailand counts, is ahead of the common era. That is so of every day
// since 1941; before, the year began on 1 April.
const BuddhistEra = 543
