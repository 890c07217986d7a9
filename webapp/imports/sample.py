"""The file to start from, for people who have none yet."""

SAMPLE = (
    "Company,First name,Last name,Job title,E-mail,Phone,Website,Industry,Employees,City,State,Country\r\n"
    "Halden Studio,Mara,Lindqvist,Founder,mara@halden.example,+46 8 555 01 20,https://halden.example,Design,12,"
    "Stockholm,,Sweden\r\n"
    "Globex,Gina,Vale,Head of Sales,gina.vale@globex.example,+1 555 010 4477,globex.example,Industrials,1200,"
    "Saint Paul,Minnesota,United States\r\n"
    "Initech,Noor,Haddad,CTO,noor@initech.example,,initech.example,Software,240,Dublin,,Ireland\r\n"
)
