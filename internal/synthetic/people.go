package synthetic

import "math/rand/v2"

// spellings are names in Latin letters as one officer or another writes them.
var spellings = map[string]string{
	"สมชาย": "Somchai", "สมหญิง": "Somying", "มาลี": "Malee", "วิชัย": "Wichai", "กนกวรรณ": "Kanokwan", "ประเสริฐ": "Prasert",
	"นภา": "Napha", "อรทัย": "Orathai", "ธนา": "Thana", "พิมพ์ใจ": "Pimchai",
	"ใจดี": "Jaidee", "ศรีสุข": "Srisuk", "แก้วมณี": "Kaewmanee", "บุญมา": "Boonma", "ทองดี": "Thongdee", "วงศ์งาม": "Wongngam",
	"အောင်အောင်": "Aung Aung", "သန္တာ": "Thandar", "မြမြ": "Mya Mya", "ကျော်ဇော": "Kyaw Zaw", "နီလာ": "Nilar", "ဇော်မင်း": "Zaw Min", "ခင်ခင်": "Khin Khin",
	"ບຸນມີ": "Bounmy", "ຄຳຫຼ້າ": "Khamla", "ສົມພອນ": "Somphone", "ວັນນາ": "Vanna", "ມະນີ": "Mani", "ພົມມະ": "Phomma", "ສີສຸກ": "Sisouk", "ແກ້ວ": "Keo",
	"សុភា": "Sophea", "ដារ៉ា": "Dara", "ស្រីមុំ": "Sreymom", "វុទ្ធី": "Vuthy", "ចន្ទា": "Chantha", "ចាន់": "Chan", "សុខ": "Sok", "ហេង": "Heng",
	"Nguyễn": "Nguyen", "Trần": "Tran", "Lê": "Le", "Tuấn": "Tuan",
}

// origin is where a person comes from, and how often.
type origin struct {
	nationality string // ISO 3166-1 alpha-3
	language    string // ISO 639-3
	script      string // ISO 15924
	weight      int
	given       []string
	family      []string // empty where people have no family name
}

var origins = []origin{
	{"THA", "tha", "Thai", 48, []string{"สมชาย", "สมหญิง", "มาลี", "วิชัย", "กนกวรรณ", "ประเสริฐ", "นภา", "อรทัย", "ธนา", "พิมพ์ใจ"}, []string{"ใจดี", "ศรีสุข", "แก้วมณี", "บุญมา", "ทองดี", "วงศ์งาม"}},
	{"MMR", "mya", "Mymr", 20, []string{"အောင်အောင်", "သန္တာ", "မြမြ", "ကျော်ဇော", "နီလာ", "ဇော်မင်း", "ခင်ခင်"}, nil},
	{"LAO", "lao", "Laoo", 9, []string{"ບຸນມີ", "ຄຳຫຼ້າ", "ສົມພອນ", "ວັນນາ", "ມະນີ"}, []string{"ພົມມະ", "ສີສຸກ", "ແກ້ວ"}},
	{"KHM", "khm", "Khmr", 8, []string{"សុភា", "ដារ៉ា", "ស្រីមុំ", "វុទ្ធី", "ចន្ទា"}, []string{"ចាន់", "សុខ", "ហេង"}},
	{"VNM", "vie", "Latn", 3, []string{"Lan", "Minh", "Hoa", "Tuấn"}, []string{"Nguyễn", "Trần", "Lê"}},
	{"IND", "hin", "Latn", 4, []string{"Ravi", "Anita", "Suresh", "Meena"}, []string{"Kumar", "Devi", "Rao"}},
	{"IDN", "ind", "Latn", 2, []string{"Budi", "Siti", "Dewi"}, []string{"Santoso", "Wati"}},
	{"PHL", "tgl", "Latn", 2, []string{"Maria", "Jose", "Grace"}, []string{"Santos", "Reyes"}},
	{"CHN", "cmn", "Latn", 2, []string{"Wei", "Li Na", "Jun"}, []string{"Wang", "Zhang"}},
	{"ETH", "amh", "Latn", 1, []string{"Abebe", "Hanna", "Dawit", "Selam"}, []string{"Tesfaye", "Bekele"}},
	{"XXA", "mya", "Mymr", 1, []string{"နောနော", "စောဒယ်"}, nil},
}

// batchOrigins are the nationalities of a large release, of whom more than half came from one country.
var batchOrigins = []origin{
	{"ETH", "amh", "Latn", 53, []string{"Abebe", "Hanna", "Dawit", "Selam", "Yonas", "Meron", "Samuel"}, []string{"Tesfaye", "Bekele", "Alemu", "Girma"}},
	{"KEN", "swa", "Latn", 9, []string{"Wanjiru", "Otieno", "Achieng"}, []string{"Mwangi", "Odhiambo"}},
	{"PHL", "tgl", "Latn", 6, []string{"Maria", "Jose"}, []string{"Santos", "Reyes"}},
	{"MYS", "msa", "Latn", 6, []string{"Ahmad", "Nurul"}, []string{"Ismail", "Hassan"}},
	{"PAK", "urd", "Latn", 5, []string{"Imran", "Sana"}, []string{"Khan", "Malik"}},
	{"CHN", "cmn", "Latn", 4, []string{"Wei", "Jun"}, []string{"Wang", "Zhang"}},
	{"IDN", "ind", "Latn", 3, []string{"Budi", "Siti"}, []string{"Santoso", "Wati"}},
	{"NPL", "nep", "Latn", 3, []string{"Bikash", "Sita"}, []string{"Gurung", "Thapa"}},
	{"UGA", "swa", "Latn", 3, []string{"Okello", "Nakato"}, []string{"Mugisha", "Achan"}},
	{"NGA", "eng", "Latn", 2, []string{"Chinedu", "Ngozi"}, []string{"Okafor", "Eze"}},
	{"BGD", "ben", "Latn", 2, []string{"Rahim", "Fatema"}, []string{"Hossain", "Begum"}},
	{"BRA", "por", "Latn", 2, []string{"João", "Ana"}, []string{"Silva", "Souza"}},
	{"LKA", "sin", "Latn", 2, []string{"Nimal", "Kumari"}, []string{"Perera", "Silva"}},
}

// setting is a form of exploitation with what goes with it.
type setting struct {
	exploitation string
	sexual       bool
	labour       bool
	criminal     bool
	sector       string // ISIC Rev.4 section
	work         string
	weight       int
}

var settings = []setting{
	{"forced_criminality", false, true, true, "J", "online_scam", 34},
	{"prostitution", true, false, false, "S", "sex", 26},
	{"forced_labour", false, true, false, "A", "fishing_marine", 12},
	{"forced_labour", false, true, false, "C", "seafood_processing", 8},
	{"debt_bondage", false, true, false, "F", "construction", 6},
	{"domestic_servitude", false, true, false, "T", "domestic", 6},
	{"forced_begging", false, true, false, "S", "begging", 5},
	{"pornography", true, false, false, "J", "sex", 3},
}

var scamCompound = settings[0]

// provinces where people are met, the likelier ones more than once: the western and eastern borders, Bangkok, the ports.
var provinces = []string{
	"TH-10", "TH-10", "TH-10", "TH-63", "TH-63", "TH-63", "TH-27", "TH-27", "TH-20", "TH-20", "TH-57", "TH-71", "TH-83", "TH-34",
	"TH-50", "TH-74", "TH-85", "TH-90", "TH-23", "TH-43", "TH-48", "TH-73",
}

// syllables are those of which the ends of names are made up, by script.
var syllables = map[string][]string{
	"Thai": spelledOut("กขคงจชตถทนบปพมยรลวสห", "า"),
	"Mymr": spelledOut("ကခဂငစဆတထနပဖဗမယရလဝသဟ", "ာ"),
	"Laoo": spelledOut("ກຂຄງຈຊຕຖທນບປພມຢຣລວສຫ", "າ"),
	"Khmr": spelledOut("កខគងចជតថនបផពមយរលវសហ", "ា"),
	"Latn": spelledOut("bdfghjklmnprstvwyz", "a"),
}

// spelledOut is a syllable for each consonant, with the same vowel.
func spelledOut(consonants, vowel string) []string {
	var all []string
	for _, c := range consonants {
		all = append(all, string(c)+vowel)
	}
	return all
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func pickOrigin(r *rand.Rand, list []origin) origin {
	return weighted(r, list, func(o origin) int { return o.weight })
}

func weighted[T any](r *rand.Rand, list []T, weight func(T) int) T {
	total := 0
	for _, x := range list {
		total += weight(x)
	}
	n := r.IntN(total)
	for _, x := range list {
		if n -= weight(x); n < 0 {
			return x
		}
	}
	return list[len(list)-1]
}

// chance is true in so many of a hundred cases.
func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }
