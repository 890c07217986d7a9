"""A file of leads with the columns of leads-500.csv, as long as a benchmark wants it."""

import csv

HEADER = "Company,First name,Last name,Job title,E-mail,Phone,Website,Industry,Sub-industry,City,State,Founded"
FIRST = ("Markus", "Ralph", "Otilia", "Michael", "William", "Ryan", "Tomasz", "Roger", "Stéphane", "Crystal")
LAST = ("Flantz", "Williams", "Burgos", "Brown", "Johnson", "Jones", "Pedrycz", "Serrano", "Hauffer", "Aguilar")
CITIES = (("Saint Paul", "Minnesota"), ("Milwaukee", "Wisconsin"), ("North Chicago", "Illinois"), ("Dallas", "Texas"))
TITLES = ("Procurement Manager", "CTO", "Head of Sales", "VP Marketing", "Purchasing Lead")
INDUSTRIES = (("Industrials", "Building Products"), ("Health Care", "Biotechnology"), ("Utilities", "Multi-Utilities"))


def write_file(path, rows):
    """A CSV file of so many people, all different."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        for number in range(rows):
            company = f"Company {number * 7919 % rows:07d}"
            host = f"company{number * 7919 % rows:07d}.example"
            first, last = FIRST[number % 10], LAST[number // 10 % 10]
            email = f"{last}.{number}@{host}".lower()
            phone, site = f"+1 555 {number % 1000:03d} {number % 10000:04d}", f"https://www.{host}/"
            lines, places = INDUSTRIES[number % 3], CITIES[number % 4]
            writer.writerow(
                [company, first, last, TITLES[number % 5], email, phone, site, *lines, *places, 1900 + number % 100]
            )
