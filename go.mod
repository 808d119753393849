module claimcheck

go 1.26
