// Package matching says how likely two records speak of one person, from features that compare equal or not at all. So they can be
// compared after each was put through a keyed digest, and nobody has to see a name.
//
// Names are met in Thai, Burmese, Khmer, Lao and Latin script. Each is folded (fold.go), romanised by rough rules (thai.go,
// burmese.go, khmer.go, lao.go) and then reduced to classes of sounds in which the usual spellings of a name meet (sound.go): สมชาย,
// Somchai and Somchay are one, as are ကျော်ကျော် and Kyaw Kyaw, and สุขา, សុខា and Sokha. The order of the parts of a name and the spaces
// between them count for nothing.
//
// What it does not do: text in the Zawgyi encoding, which uses code points of Unicode's Burmese block for other letters, has to be
// converted before. Chinese characters and other scripts are compared as they are written and with nothing else.
package matching
