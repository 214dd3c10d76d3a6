package matching

import (
	"slices"
	"strings"
)

// thaiOnsets and thaiFinals are the sounds of the consonants before and after a vowel, after the Royal Thai General System.
var (
	thaiOnsets = map[rune]string{
		'ก': "k", 'ข': "kh", 'ฃ': "kh", 'ค': "kh", 'ฅ': "kh", 'ฆ': "kh", 'ง': "ng", 'จ': "ch", 'ฉ': "ch", 'ช': "ch", 'ฌ': "ch",
		'ซ': "s", 'ศ': "s", 'ษ': "s", 'ส': "s", 'ญ': "y", 'ย': "y", 'ด': "d", 'ฎ': "d", 'ต': "t", 'ฏ': "t", 'ถ': "th", 'ฐ': "th",
		'ท': "th", 'ฑ': "th", 'ธ': "th", 'ฒ': "th", 'น': "n", 'ณ': "n", 'บ': "b", 'ป': "p", 'ผ': "ph", 'พ': "ph", 'ภ': "ph",
		'ฝ': "f", 'ฟ': "f", 'ม': "m", 'ร': "r", 'ล': "l", 'ฬ': "l", 'ว': "w", 'ห': "h", 'ฮ': "h", 'อ': "",
	}
	thaiFinals = map[rune]string{
		'ก': "k", 'ข': "k", 'ค': "k", 'ฆ': "k", 'ง': "ng", 'จ': "t", 'ช': "t", 'ซ': "t", 'ศ': "t", 'ษ': "t", 'ส': "t", 'ด': "t",
		'ฎ': "t", 'ต': "t", 'ฏ': "t", 'ถ': "t", 'ฐ': "t", 'ท': "t", 'ฑ': "t", 'ธ': "t", 'ฒ': "t", 'น': "n", 'ณ': "n", 'ญ': "n",
		'ร': "n", 'ล': "n", 'ฬ': "n", 'บ': "p", 'ป': "p", 'พ': "p", 'ภ': "p", 'ฟ': "p", 'ม': "m", 'ย': "i", 'ว': "o", 'อ': "o",
	}
)

// thaiReadings are parts of names whose vowels the letters do not show, spelled so that the rules read them rightly.
var thaiReadings = strings.NewReplacer(
	"อรพ", "ออระพ", "อรท", "ออระท", "อรว", "ออระว", "อรุ", "อะรุ", "วรพ", "วอระพ", "วรช", "วอระช", "วรว", "วอระว", "วรก", "วอระก", "วรน", "วอระน",
	"ธนพ", "ธะนะพ", "ธนว", "ธะนะว", "ธนก", "ธะนะก", "ธนช", "ธะนะช", "ชลธิ", "ชนธิ", "จันทรา", "จันทะรา", "อินทรา", "อินทะรา", "จันทร", "จันท", "อินทร", "อินท",
	"พงศก", "พงสะก", "พงศธ", "พงสะธ", "พงศพ", "พงสะพ", "ถาวร", "ถาวอน", "บวร", "บอวอน", "เฉลิ", "ฉะเลิ", "เจริญ", "จะเริน", "ลักษ", "ลัก", "แสวง", "สะแวง",
	"บัติ", "บัต", "ชาติ", "ชาต", "เกียรติ", "เกียต", "ศาสตร", "สาต", "มิตร", "มิต", "บุตร", "บุต", "จักร", "จัก", "เพชร", "เพ็ต",
	"ภัทร", "พัต", "สมุทร", "สะมุต", "วัชร", "วัตชะระ", "พัชร", "พัตชะร", "รัตนา", "รัตตะนา", "วาสนา", "วาตสะนา", "อัจฉรา", "อัตฉะรา",
	"กัลยา", "กันละยา", "ธรรม", "ทัม", "ทราย", "ซาย", "ทรง", "ซอง", "ทรัพย", "ซับ", "ไทย", "ไท", "สร้อย", "ซอย", "เสริ", "เซิ", "ศร", "ส", "สร", "ส",
	"ฤทธิ", "ริท", "ฤ", "ริ", "สวัส", "สะวัส", "ถนอม", "ถะนอม", "สนิท", "สะนิท", "ขจร", "ขะจอน", "สมร", "สะมอน", "อัมพร", "อัมพอน",
)

// thai romanises a folded Thai word.
func thai(word string) string {
	t := thaiReader{reading: reading{in: []rune(thaiReadings.Replace(string(withoutSilent([]rune(word)))))}}
	for t.at < len(t.in) {
		t.syllable()
	}
	return t.out.String()
}

const thanthakhat = '์'

// withoutSilent drops the letters that the mark ์ makes silent, with their vowel and with a letter that is silent beside them:
// จันทร์, พันธุ์, สิทธิ์.
func withoutSilent(in []rune) []rune {
	var out []rune
	for _, r := range in {
		if r != thanthakhat {
			out = append(out, r)
			continue
		}
		if n := len(out); n > 0 && (out[n-1] == 'ิ' || out[n-1] == 'ุ') {
			out = out[:n-1]
		}
		if len(out) == 0 {
			continue
		}
		last := out[len(out)-1]
		out = out[:len(out)-1]
		if n := len(out); n > 1 && last == 'ร' && slices.Contains([]rune("ทตดษ"), out[n-1]) {
			out = out[:n-1]
		}
	}
	return out
}

type thaiReader struct {
	reading
	open bool // the last syllable can take a final
}

func isThaiConsonant(r rune) bool { return r >= 'ก' && r <= 'ฮ' }

func isThaiLead(r rune) bool { return r >= 'เ' && r <= 'ไ' }

func isThaiSign(r rune) bool { return r >= 'ะ' && r <= 'ู' }

// vowelled reports whether the consonant n places on has a written vowel of its own.
func (t *thaiReader) vowelled(n int) bool {
	next := t.peek(n + 1)
	return isThaiLead(t.peek(n-1)) || isThaiSign(next) || next == 'ร' && t.peek(n+2) == 'ร' ||
		next == 'อ' && !isThaiSign(t.peek(n+2)) && t.peek(n+2) != 'อ' || t.leads(n) && t.vowelled(n+1)
}

func (t *thaiReader) bare(n int) bool { return isThaiConsonant(t.peek(n)) && !t.vowelled(n) }

func (t *thaiReader) write(text string) { t.out.WriteString(text) }

// syllable reads on from a place where a syllable, or the final of the one before, begins.
func (t *thaiReader) syllable() {
	r := t.peek(0)
	switch {
	case isThaiLead(r):
		t.at++
		t.onset()
		t.led(r)
	case !isThaiConsonant(r):
		if r < 'ก' || r > '๛' {
			t.write(string(r))
		}
		t.at++
	case t.vowelled(0):
		t.onset()
		t.signed()
	case t.open && t.final():
	default:
		t.unwritten()
	}
}

// onset reads the consonants before a vowel. The h that leads another sonorant and the o that carries a vowel are silent.
func (t *thaiReader) onset() {
	r, next := t.peek(0), t.peek(1)
	cluster := strings.ContainsRune("กขคตปผพ", r) && (next == 'ร' || next == 'ล')
	after := t.peek(2)
	switch {
	case t.leads(0) && (t.vowelled(1) || isThaiLead(t.peek(-1))):
		t.write(thaiOnsets[next])
		t.at += 2
	case cluster && (isThaiSign(after) || isThaiLead(t.peek(-1)) && (after != 0 || t.peek(-1) >= 'ใ')):
		t.write(thaiOnsets[r] + thaiOnsets[next])
		t.at += 2
	default:
		t.write(thaiOnsets[r])
		t.at++
	}
}

// leads reports a silent letter that only gives its tone to the sonorant after it.
func (t *thaiReader) leads(n int) bool {
	r, next := t.peek(n), t.peek(n+1)
	return r == 'ห' && next != 0 && strings.ContainsRune("งญนมยรลว", next) || r == 'อ' && next == 'ย'
}

// led reads what follows an onset whose vowel stands before it.
func (t *thaiReader) led(lead rune) {
	t.open = false
	switch {
	case lead == 'ไ' || lead == 'ใ':
		t.write("ai")
	case lead == 'แ':
		t.vowel("ae")
	case lead == 'โ':
		t.vowel("o")
	case t.take("าะ"):
		t.write("o")
	case t.take("า"):
		t.write("ao")
	case t.take("ีย"):
		t.vowel("ia")
	case t.take("ือ"):
		t.vowel("uea")
	case t.take("อ"), t.take("ิ"):
		t.vowel("oe")
	case t.peek(0) == 'ย' && !t.vowelled(0):
		t.at++
		t.write("oei")
	default:
		t.vowel("e")
	}
}

// vowel writes a vowel that may take a final, unless the sign that shortens it follows.
func (t *thaiReader) vowel(text string) {
	t.write(text)
	t.open = !t.take("ะ")
}

func (t *thaiReader) take(text string) bool {
	runes := []rune(text)
	if t.at+len(runes) > len(t.in) || !slices.Equal(t.in[t.at:t.at+len(runes)], runes) {
		return false
	}
	t.at += len(runes)
	return true
}

// thaiSigns are the vowels that stand after, over and under their consonant, longer ones first.
var thaiSigns = []struct {
	sign, text string
	open       bool
}{
	{"ัวะ", "ua", false},
	{"ัว", "ua", true},
	{"ัย", "ai", false},
	{"ั", "a", true},
	{"าย", "ai", false},
	{"าว", "ao", false},
	{"า", "a", true},
	{"ำ", "am", false},
	{"ะ", "a", false},
	{"ิ", "i", true},
	{"ี", "i", true},
	{"ือ", "ue", true},
	{"ื", "ue", true},
	{"ึ", "ue", true},
	{"ุย", "ui", false},
	{"ุ", "u", true},
	{"ู", "u", true},
	{"อย", "oi", false},
	{"อ", "o", true},
}

func (t *thaiReader) signed() {
	if t.take("รร") {
		t.write("a")
		if t.vowelled(0) || !isThaiConsonant(t.peek(0)) {
			t.write("n")
		}
		t.open = true
		return
	}
	for _, s := range thaiSigns {
		glide := strings.HasSuffix(s.sign, "ย") || strings.HasSuffix(s.sign, "าว")
		if glide && t.vowelled(len([]rune(s.sign))-1) {
			continue // the glide begins the next syllable
		}
		if t.take(s.sign) {
			t.write(s.text)
			t.open = s.open
			return
		}
	}
	t.at++
}

// final reads a consonant that closes the syllable before it. Before a vowel sign of its own, or where another bare consonant would be
// left without a partner, it does not close.
func (t *thaiReader) final() bool {
	r := t.peek(0)
	run := t.run()
	last := t.at+run == len(t.in)
	closed := t.peek(-1) == 'ั'
	switch {
	case closed, last && run == 1:
	case r == 'ร', t.clusters():
		t.open = false
		return false
	case last && run%2 == 1, !last && run > 1, !last && run == 1 && r != 'ว':
	default:
		t.open = false
		return false
	}
	t.write(thaiFinals[r])
	t.at++
	t.open = false
	return true
}

// clusters reports whether the bare consonant here begins a cluster with the vowelled one after it.
func (t *thaiReader) clusters() bool {
	next := t.peek(1)
	return strings.ContainsRune("กขคตปผพ", t.peek(0)) && (next == 'ร' || next == 'ล') && t.vowelled(1)
}

// run is the number of bare consonants from here on.
func (t *thaiReader) run() int {
	n := 0
	for t.bare(n) {
		n++
	}
	return n
}

// unwritten reads a syllable whose vowel is not written: o between two consonants, a after one.
func (t *thaiReader) unwritten() {
	r := t.peek(0)
	if r == 'ห' && strings.ContainsRune("งญนมยรลว", t.peek(1)) && t.bare(1) && t.bare(2) {
		t.at++
		r = t.peek(0)
	}
	switch {
	case t.clusters():
		t.onset()
		t.signed()
		return
	case t.run() > 1 && t.run()%2 == 1 && t.peek(1) != 'ว':
		t.write(thaiOnsets[r] + "a")
		t.at++
	case t.peek(1) == 'ว' && t.bare(1) && t.bare(2):
		t.write(thaiOnsets[r] + "ua")
		t.at += 2
		t.open = true
		return
	case t.bare(1):
		t.write(thaiOnsets[r] + "o" + thaiFinals[t.peek(1)])
		t.at += 2
	default:
		t.write(thaiOnsets[r] + "a")
		t.at++
	}
	t.open = false
}
