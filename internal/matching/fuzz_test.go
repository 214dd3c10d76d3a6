package matching

import "testing"

// FuzzFold holds that folding ends in one spelling and that nothing written makes comparing fail.
func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"นางสาวน้ำทิพย์ เเก้ว", "ก้ิ", "กิ้", "นํ้า", "น้ํา", "ก่่า", "๑๒๓", "ကျော်ကျော်", "សុខា", "ສົມຊາຍ", "Nguyễn Văn A", "\u200b", "\u0e4d\u0e32", "์", "\xff", "Mr. Mr.", "Y\u030a", "\u0149gi",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		once := fold(name)
		if again := fold(once); again != once {
			t.Errorf("%q becomes %q and then %q", name, once, again)
		}
		person := Person{Names: []string{name}, Aliases: []string{name}, Documents: []Document{{Kind: name, Country: name, Number: name}}, Phones: []string{name}, Birth: name}
		_ = Compare(Features(person), Features(person))
	})
}
